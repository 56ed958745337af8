//! The rules of the source tree: which module may use which, where the clock is read, what every file opens with.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Lines that a source file may have.
const LINES_AT_MOST: usize = 700;

/// Lines that a file of integration tests may have.
const LINES_OF_TESTS_AT_MOST: usize = 450;

/// Which of our modules a module may use beside itself.
const EDGES: [(&str, &[&str]); 11] = [
    ("domain", &[]),
    ("sim", &[]),
    ("aws", &["domain"]),
    ("config", &["domain"]),
    ("export", &["domain"]),
    ("app", &["domain"]),
    ("ui", &["app", "domain"]),
    ("poll", &["aws", "domain", "app"]),
    ("console", &["aws", "domain", "app"]),
    ("runtime", &["app", "aws", "config", "console", "domain", "export", "poll", "sim", "ui"]),
    ("cli", &["app", "aws", "config", "console", "domain", "export", "poll", "runtime", "sim", "ui"]),
];

struct Source {
    /// Path below `src`, with `/`.
    path: String,
    text: String,
}

impl Source {
    /// The module at the top of the tree that it belongs to.
    fn module(&self) -> &str {
        self.path.split('/').next().unwrap().trim_end_matches(".rs")
    }

    /// Its lines without comments.
    fn code(&self) -> String {
        let lines = self.text.lines().filter(|line| !line.trim_start().starts_with("//"));
        lines.collect::<Vec<_>>().join("\n")
    }

    /// As [`Source::code`], without what only tests are built from; a file of tests is none at all.
    fn shipped(&self) -> String {
        if self.path.contains("/tests") || self.path.ends_with("testing.rs") || self.path.ends_with("fixtures.rs") {
            return String::new();
        }
        self.code().split("#[cfg(test)]\nmod tests {").next().unwrap().to_owned()
    }
}

fn sources() -> Vec<Source> {
    let found = below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    assert!(found.len() > 50, "only {} sources", found.len());
    found
}

fn below(root: &Path) -> Vec<Source> {
    let mut found = Vec::new();
    walk(root, &mut |path| {
        let below = path.strip_prefix(root).unwrap().display().to_string();
        found.push(Source { path: below, text: fs::read_to_string(path).unwrap() });
    });
    found
}

fn walk(folder: &Path, see: &mut impl FnMut(&PathBuf)) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, see);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            see(&path);
        }
    }
}

/// The modules that a text names by `crate::x` or `crate::{x::…, y}`.
fn used(code: &str) -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            Some(group) => used.extend(members(group)),
            None => used.extend(first_name(rest)),
        }
    }
    used
}

fn first_name(text: &str) -> Option<String> {
    let name: String = text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    (!name.is_empty()).then_some(name)
}

/// The first names of a group's members, `group` being what follows its opening brace.
fn members(group: &str) -> Vec<String> {
    let (mut depth, mut members, mut member) = (0, Vec::new(), String::new());
    for c in group.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => members.extend(first_name(&std::mem::take(&mut member))),
            _ => {}
        }
        if depth == 0 && c != ',' {
            member.push(c);
        }
    }
    members.extend(first_name(&member));
    members
}

#[test]
fn uses_are_read_from_lines_and_groups() {
    let names = |code| used(code).into_iter().collect::<Vec<_>>();
    assert_eq!(names("use crate::domain::ids::Arn; x(crate::aws::connect)"), ["aws", "domain"]);
    assert_eq!(
        names("use crate::{\n    app::{event::Event, state},\n    domain,\n    ui::{self, a::{b, c}},\n};"),
        ["app", "domain", "ui"]
    );
}

#[test]
fn modules_use_only_what_lies_further_in() {
    let mut wrong = Vec::new();
    for source in sources() {
        let module = source.module().to_owned();
        if matches!(module.as_str(), "lib" | "main") {
            continue;
        }
        let (_, allowed) =
            EDGES.iter().find(|(name, _)| *name == module).unwrap_or_else(|| panic!("{module} has no edges"));
        let outside = used(&source.code()).into_iter().filter(|name| *name != module);
        wrong.extend(
            outside.filter(|name| !allowed.contains(&name.as_str())).map(|name| format!("{} → {name}", source.path)),
        );
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_file_says_what_it_owns_and_is_not_too_long() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let files = sources().into_iter().map(|source| (source, LINES_AT_MOST));
    for (file, at_most) in files.chain(below(&tests).into_iter().map(|test| (test, LINES_OF_TESTS_AT_MOST))) {
        assert!(file.text.starts_with("//! "), "{} does not open with //!", file.path);
        let lines = file.text.lines().count();
        assert!(lines <= at_most, "{} has {lines} lines", file.path);
    }
}

/// The sources whose code has one of these words, but for those that may.
fn having(words: &[&str], may: impl Fn(&Source) -> bool, code: impl Fn(&Source) -> String) -> Vec<String> {
    let sources = sources();
    let others = sources.iter().filter(|source| !may(source));
    let hits = others.flat_map(|source| {
        let code = code(source);
        let found: Vec<_> = words.iter().filter(|word| code.contains(*word)).collect();
        found.into_iter().map(|word| format!("{}: {word}", source.path)).collect::<Vec<_>>()
    });
    hits.collect()
}

#[test]
fn aws_types_stay_at_the_edge() {
    let clients = ["aws_sdk", "aws_config", "aws_types"];
    let outside = having(&["aws_smithy"], |source| matches!(source.module(), "aws" | "sim"), Source::code);
    assert_eq!(outside, Vec::<String>::new());
    let outside = having(
        &clients,
        |source| source.module() == "aws" || source.module() == "sim" && source.path.contains("tests"),
        Source::code,
    );
    assert_eq!(outside, Vec::<String>::new());
}

#[test]
fn only_the_runtime_reads_the_clock() {
    let clocks = ["Timestamp::now", "SystemTime::now", "Instant::now", "Zoned::now"];
    let outside = having(&clocks, |source| source.module() == "runtime", Source::shipped);
    assert_eq!(outside, Vec::<String>::new());
}

#[test]
fn nothing_is_left_unfinished_and_nothing_can_panic_on_purpose() {
    let unfinished = ["todo!(", "unimplemented!(", "dbg!("];
    assert_eq!(having(&unfinished, |_| false, Source::code), Vec::<String>::new());
    let panics = [".unwrap()", "panic!("];
    assert_eq!(having(&panics, |_| false, Source::shipped), Vec::<String>::new());
}
