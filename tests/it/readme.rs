//! The README's table of keys is the key table. `TIERTOP_README=1 cargo test readme` writes it anew.

use std::{env, fmt::Write, fs};

use tiertop::app::keys::BINDINGS;

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
const BEFORE: &str = "<!-- keys: written by `TIERTOP_README=1 cargo test readme` -->\n";
const AFTER: &str = "<!-- end of keys -->\n";

fn table() -> String {
    let mut table = String::from("| key | does |\n| --- | --- |\n");
    for binding in BINDINGS {
        let keys: Vec<String> = binding.keys.iter().map(|key| format!("`{key}`")).collect();
        let _ = writeln!(table, "| {} | {} |", keys.join(" "), binding.long);
    }
    table
}

#[test]
fn the_readme_s_keys_are_the_key_table() {
    let readme = fs::read_to_string(PATH).unwrap();
    let (before, rest) = readme.split_once(BEFORE).expect("the README says where the keys stand");
    let (keys, after) = rest.split_once(AFTER).expect("and where they end");
    if env::var_os("TIERTOP_README").is_some() {
        fs::write(PATH, format!("{before}{BEFORE}{}{AFTER}{after}", table())).unwrap();
        return;
    }
    assert_eq!(keys, table(), "TIERTOP_README=1 cargo test readme writes it anew");
}
