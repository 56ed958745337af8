//! The log: a file that the user names in `TIERTOP_LOG`, bounded. Never credentials, prompts or answers.

use std::{
    env,
    fs::File,
    io::{self, Write},
    sync::Mutex,
};

use tracing_subscriber::{EnvFilter, fmt};

use super::Problem;

/// The variable that names the file.
const FILE: &str = "TIERTOP_LOG";
/// The variable that says what is logged, as `tracing` filters are written. The SDK's own events stay out unless named: at trace level they hold whole requests.
const FILTER: &str = "TIERTOP_LOG_FILTER";
/// A log that has grown to this ends: a forgotten one must not fill a disk.
const BYTES_AT_MOST: u64 = 16 * 1024 * 1024;

/// Begins logging if the user wants it.
///
/// # Errors
/// The file cannot be made.
pub(super) fn start() -> Result<(), Problem> {
    let Some(path) = env::var_os(FILE).filter(|path| !path.is_empty()) else { return Ok(()) };
    let file = File::create(&path)
        .map_err(|error| Problem::Usage(format!("cannot write the log {} named by {FILE}: {error}", path.display())))?;
    let filter = env::var(FILTER).unwrap_or_else(|_| "tiertop=debug".to_owned());
    let filter = EnvFilter::try_new(&filter)
        .map_err(|error| Problem::Usage(format!("{FILTER}={filter} is not a log filter: {error}")))?;
    let writer = Mutex::new(Bounded { file, left: BYTES_AT_MOST });
    // A second start in one process (tests) keeps the first one's log.
    let _ = fmt().with_env_filter(filter).with_ansi(false).with_writer(writer).try_init();
    Ok(())
}

struct Bounded {
    file: File,
    left: u64,
}

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let fits = self.left >= bytes.len() as u64;
        self.left = if fits { self.left - bytes.len() as u64 } else { 0 };
        if fits { self.file.write(bytes) } else { Ok(bytes.len()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
