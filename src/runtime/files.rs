//! Files that the user asks for: an answer with its prompt, readable for the user alone.

use std::{
    fs::OpenOptions,
    io::{self, Write},
    path::PathBuf,
};

use jiff::Timestamp;

/// Names that are tried in one second.
const NAMES_AT_MOST: u32 = 100;

/// Writes a text into a new file of the present folder, `tiertop-20261128T091502Z.md`; gives its path. No file is written over.
///
/// # Errors
/// What the system says.
pub(super) fn save(text: &str, now: Timestamp) -> io::Result<PathBuf> {
    let at = now.strftime("%Y%m%dT%H%M%SZ");
    for number in 0..NAMES_AT_MOST {
        let name = if number == 0 { format!("tiertop-{at}.md") } else { format!("tiertop-{at}-{number}.md") };
        let path = std::env::current_dir()?.join(name);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        match options.open(&path) {
            Ok(mut file) => {
                file.write_all(text.as_bytes())?;
                return Ok(path);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::other("there are many files of this second already"))
}
