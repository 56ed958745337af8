//! Who says a value: the file by section and key, then a variable, then a flag; and the sentences about what cannot be.

use std::{collections::BTreeMap, ffi::OsString, ops::Range, path::Path};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// Who said a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Nobody.
    Default,
    /// The file, in this line.
    File(usize),
    /// An environment variable.
    Variable(String),
    /// A flag.
    Flag(&'static str),
}

/// A value, and who said it.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting<T> {
    /// The value.
    pub value: T,
    /// Who said it.
    pub by: Origin,
}

impl<T> Setting<T> {
    /// Itself, unless the flag says something.
    #[must_use]
    pub(super) fn unless(self, flag: &'static str, said: Option<T>) -> Self {
        said.map_or(self, |value| Self { value, by: Origin::Flag(flag) })
    }
}

/// Reads a word.
type Word<T> = fn(&str) -> Result<T, String>;

/// The file and the environment.
pub(super) struct Layers<'a> {
    file: Option<&'a Path>,
    text: &'a str,
    root: DeTable<'a>,
    variable: &'a dyn Fn(&str) -> Option<OsString>,
}

/// A section of the file, empty where it has none of that name.
pub(super) struct Section<'a> {
    layers: &'a Layers<'a>,
    name: &'static str,
    table: Option<&'a DeTable<'a>>,
}

impl<'a> Layers<'a> {
    pub(super) fn new(
        file: Option<&'a Path>,
        text: &'a str,
        variable: &'a dyn Fn(&str) -> Option<OsString>,
    ) -> Result<Self, String> {
        let mut layers = Self { file, text, root: DeTable::default(), variable };
        let parsed = DeTable::parse(text).map_err(|error| {
            let what = error.message().lines().next().unwrap_or_default();
            layers.wrong(&error.span().unwrap_or_default(), &format!("not TOML: {what}"))
        })?;
        layers.root = parsed.into_inner();
        Ok(layers)
    }

    pub(super) fn root(&self) -> &DeTable<'a> {
        &self.root
    }

    /// Refuses keys that mean nothing.
    pub(super) fn only(&self, what: &str, table: &DeTable<'_>, keys: &[&str]) -> Result<(), String> {
        let Some(unknown) = table.keys().find(|key| !keys.contains(&key.get_ref().as_ref())) else { return Ok(()) };
        let sentence = format!("{what} has no key \"{}\"; it has {}", unknown.get_ref(), keys.join(", "));
        Err(self.wrong(&unknown.span(), &sentence))
    }

    /// A section, and that it has no other keys than these.
    pub(super) fn section(&'a self, (name, keys): (&'static str, &[&str])) -> Result<Section<'a>, String> {
        let table = self.table(&self.root, name, &format!("[{name}]"))?;
        if let Some(table) = table {
            self.only(&format!("[{name}]"), table, keys)?;
        }
        Ok(Section { layers: self, name, table })
    }

    fn table<'t>(&self, parent: &'t DeTable<'a>, key: &str, what: &str) -> Result<Option<&'t DeTable<'a>>, String> {
        let Some(value) = parent.get(key) else { return Ok(None) };
        let wrong = || self.wrong(&value.span(), &format!("{key} is {}; it is a section, {what}", kind(value)));
        value.get_ref().as_table().map(Some).ok_or_else(wrong)
    }

    fn line(&self, at: &Range<usize>) -> usize {
        self.text.bytes().take(at.start).filter(|byte| *byte == b'\n').count() + 1
    }

    fn wrong(&self, at: &Range<usize>, what: &str) -> String {
        let file = self.file.map_or_else(|| "configuration".to_owned(), |path| path.display().to_string());
        format!("{file}, line {}: {what}", self.line(at))
    }
}

impl<'a> Section<'a> {
    /// A key that is true or false.
    pub(super) fn switch(&self, key: &str, default: bool) -> Result<Setting<bool>, String> {
        const WORDS: &str = "it is true or false";
        let said = |value: &Spanned<DeValue<'_>>| {
            value.get_ref().as_bool().ok_or_else(|| format!("is {}; {WORDS}", kind(value)))
        };
        self.setting(key, default, said, |word| match word {
            "true" | "1" => Ok(true),
            "false" | "0" => Ok(false),
            _ => Err(WORDS.to_owned()),
        })
    }

    /// A key that is a word.
    pub(super) fn word<T>(&self, key: &str, default: T, read: Word<T>) -> Result<Setting<T>, String> {
        self.setting(key, default, |value| text(value, read), read)
    }

    /// A section below this one whose keys are the user's own.
    pub(super) fn entries<K: Ord, V>(
        &self,
        name: &str,
        key: Word<K>,
        value: Word<V>,
    ) -> Result<BTreeMap<K, Setting<V>>, String> {
        let layers = self.layers;
        let Some(parent) = self.table else { return Ok(BTreeMap::new()) };
        let Some(table) = layers.table(parent, name, &format!("[{}.{name}]", self.name))? else {
            return Ok(BTreeMap::new());
        };
        let entry = |(named, said): (&Spanned<_>, &Spanned<DeValue<'_>>)| {
            let name: &str = AsRef::<str>::as_ref(named.get_ref());
            let key = key(name).map_err(|may| layers.wrong(&named.span(), &format!("\"{name}\": {may}")))?;
            let value = text(said, value).map_err(|what| layers.wrong(&said.span(), &format!("{name} {what}")))?;
            Ok((key, Setting { value, by: Origin::File(layers.line(&named.span())) }))
        };
        table.iter().map(|(named, said)| entry((named, said))).collect()
    }

    /// What the file says, unless the variable `TIERTOP_<KEY>` says something.
    fn setting<T>(
        &self,
        key: &str,
        default: T,
        in_file: impl Fn(&Spanned<DeValue<'a>>) -> Result<T, String>,
        in_variable: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Setting<T>, String> {
        let layers = self.layers;
        let variable = format!("TIERTOP_{}", key.to_ascii_uppercase());
        if let Some(said) = (layers.variable)(&variable).filter(|said| !said.is_empty()) {
            let word = said.to_string_lossy();
            let value = in_variable(&word).map_err(|may| format!("{variable}={word}: {may}"))?;
            return Ok(Setting { value, by: Origin::Variable(variable) });
        }
        let Some(said) = self.table.and_then(|table| table.get(key)) else {
            return Ok(Setting { value: default, by: Origin::Default });
        };
        let value = in_file(said).map_err(|what| layers.wrong(&said.span(), &format!("{}.{key} {what}", self.name)))?;
        Ok(Setting { value, by: Origin::File(layers.line(&said.span())) })
    }
}

fn text<T>(value: &Spanned<DeValue<'_>>, read: Word<T>) -> Result<T, String> {
    let word = value.get_ref().as_str().ok_or_else(|| format!("is {}; it is text in quotes", kind(value)))?;
    read(word).map_err(|may| format!("is \"{word}\"; {may}"))
}

/// What a value is, as the sentences say it.
fn kind(value: &Spanned<DeValue<'_>>) -> &'static str {
    match value.get_ref() {
        DeValue::String(_) => "text",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "a switch",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a section",
    }
}
