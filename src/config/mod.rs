//! The user's settings: defaults, then the configuration file, then the environment, then flags; the later one holds. Every value knows who said it.
//!
//! Owns the keys, what they may be, and where the file lies. One function per section. Nothing is written, and nothing of AWS's own configuration is read.

mod layers;
mod words;

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
    sync::Arc,
};

use etcetera::{AppStrategy, AppStrategyArgs, choose_app_strategy};

pub use layers::{Origin, Setting};
pub use words::{Choice, USUAL_WINDOW_MINUTES, WINDOW_MINUTES, window_minutes};

use crate::domain::{
    ids::{ModelId, QuotaCode},
    matching::Pins,
};
use layers::Layers;

/// The variable that names the file.
pub const FILE_VARIABLE: &str = "TIERTOP_CONFIG";

/// The keys of each section.
pub const SECTIONS: [(&str, &[&str]); 3] = [
    ("calls", &["read_only"]),
    ("dashboard", &["theme", "ascii", "mouse", "redact", "window"]),
    ("quota", &["bell", "pins"]),
];

/// A file larger than this is no configuration.
const BYTES_AT_MOST: u64 = 1024 * 1024;

/// Everything that can be set.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// The file that was read; None where there is none.
    pub file: Option<PathBuf>,
    /// `[dashboard]`.
    pub dashboard: Dashboard,
    /// `[quota]`.
    pub quota: Quota,
    /// `[calls]`.
    pub calls: Calls,
}

/// How the dashboard begins.
#[derive(Debug, Clone, PartialEq)]
pub struct Dashboard {
    /// Which colours.
    pub theme: Setting<Choice>,
    /// Whether only ASCII is drawn, whatever the locale.
    pub ascii: Setting<bool>,
    /// Whether the mouse is used; else it is left to the terminal.
    pub mouse: Setting<bool>,
    /// Whether account, ARNs, tags and the profile's name are hidden.
    pub redact: Setting<bool>,
    /// Length of the window that counts are summed over, in minutes.
    pub window_minutes: Setting<i64>,
}

/// What is wanted of test calls.
#[derive(Debug, Clone, PartialEq)]
pub struct Calls {
    /// Whether nothing is sent to a model at all.
    pub read_only: Setting<bool>,
}

/// What is wanted of quotas.
#[derive(Debug, Clone, PartialEq)]
pub struct Quota {
    /// Whether the terminal's bell rings when an applied value changes.
    pub bell: Setting<bool>,
    /// `[quota.pins]`: the model that a quota is of.
    pub pins: BTreeMap<QuotaCode, Setting<ModelId>>,
}

impl Quota {
    /// The pins as matching takes them.
    #[must_use]
    pub fn pins(&self) -> Arc<Pins> {
        Arc::new(self.pins.iter().map(|(code, model)| (code.clone(), model.value.clone())).collect())
    }
}

/// What the command line says; None where it says nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Flags {
    /// `--config`.
    pub file: Option<PathBuf>,
    /// `--theme`.
    pub theme: Option<Choice>,
    /// `--ascii`.
    pub ascii: Option<bool>,
    /// `--no-mouse`: false.
    pub mouse: Option<bool>,
    /// `--redact`.
    pub redact: Option<bool>,
    /// `--bell`.
    pub bell: Option<bool>,
    /// `--window`.
    pub window_minutes: Option<i64>,
    /// `--read-only`.
    pub read_only: Option<bool>,
}

/// Reads the file that is named or, if it is there, the usual one, and puts what is said together.
///
/// # Errors
/// One sentence: what is wrong, in which file and line, or in which variable, and what it may be.
pub fn load(flags: &Flags, variable: &dyn Fn(&str) -> Option<OsString>) -> Result<Config, String> {
    let file = find(flags, variable)?;
    let (path, text) = file.map_or((None, String::new()), |(path, text)| (Some(path), text));
    parse(path, &text, flags, variable)
}

/// As [`load`], of a file's text.
///
/// # Errors
/// As [`load`].
pub fn parse(
    file: Option<PathBuf>,
    text: &str,
    flags: &Flags,
    variable: &dyn Fn(&str) -> Option<OsString>,
) -> Result<Config, String> {
    let layers = Layers::new(file.as_deref(), text, variable)?;
    layers.only("the file", layers.root(), &SECTIONS.map(|(section, _)| section))?;
    let (dashboard, quota, calls) = (dashboard(&layers, flags)?, quota(&layers, flags)?, calls(&layers, flags)?);
    Ok(Config { file, dashboard, quota, calls })
}

fn dashboard(layers: &Layers<'_>, flags: &Flags) -> Result<Dashboard, String> {
    let section = layers.section(SECTIONS[1])?;
    Ok(Dashboard {
        theme: section.word("theme", Choice::default(), Choice::named)?.unless("--theme", flags.theme),
        ascii: section.switch("ascii", false)?.unless("--ascii", flags.ascii),
        mouse: section.switch("mouse", true)?.unless("--no-mouse", flags.mouse),
        redact: section.switch("redact", false)?.unless("--redact", flags.redact),
        window_minutes: section
            .word("window", USUAL_WINDOW_MINUTES, window_minutes)?
            .unless("--window", flags.window_minutes),
    })
}

fn quota(layers: &Layers<'_>, flags: &Flags) -> Result<Quota, String> {
    let section = layers.section(SECTIONS[2])?;
    Ok(Quota {
        bell: section.switch("bell", false)?.unless("--bell", flags.bell),
        pins: section.entries("pins", words::quota_code, words::model_id)?,
    })
}

fn calls(layers: &Layers<'_>, flags: &Flags) -> Result<Calls, String> {
    let section = layers.section(SECTIONS[0])?;
    Ok(Calls { read_only: section.switch("read_only", false)?.unless("--read-only", flags.read_only) })
}

/// The file that is read, with its text; None where none is named and the usual one is not there.
fn find(flags: &Flags, variable: &dyn Fn(&str) -> Option<OsString>) -> Result<Option<(PathBuf, String)>, String> {
    let by_variable = || variable(FILE_VARIABLE).filter(|path| !path.is_empty()).map(PathBuf::from);
    let named = match &flags.file {
        Some(path) => Some((path.clone(), "--config")),
        None => by_variable().map(|path| (path, FILE_VARIABLE)),
    };
    if let Some((path, by)) = named {
        let text = read(&path).map_err(|error| {
            format!(
                "cannot read the configuration file {} named by {by}: {error} (name another, or leave {by} out)",
                path.display()
            )
        })?;
        return Ok(Some((path, text)));
    }
    let Some(path) = usual() else { return Ok(None) };
    match read(&path) {
        Ok(text) => Ok(Some((path, text))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => {
            Err(format!("cannot read the configuration file {}: {error} (mend it, or move it away)", path.display()))
        }
    }
}

/// `$XDG_CONFIG_HOME/tiertop/config.toml`; None where there is no home folder.
fn usual() -> Option<PathBuf> {
    let strategy = choose_app_strategy(AppStrategyArgs {
        top_level_domain: "dev".to_owned(),
        author: "tiertop".to_owned(),
        app_name: "tiertop".to_owned(),
    });
    Some(strategy.ok()?.in_config_dir("config.toml"))
}

fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(BYTES_AT_MOST + 1).read_to_string(&mut text)?;
    if text.len() as u64 > BYTES_AT_MOST { Err(io::Error::other("it is larger than 1 MiB")) } else { Ok(text) }
}
