//! Flags of the dashboard's looks.

use clap::Args;

use crate::runtime::{Choice, Looks, Problem};

/// How the dashboard looks; they stand before `demo` or behind it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Args)]
#[command(next_help_heading = "Looks")]
pub(super) struct Flags {
    /// Colours; auto (the default) asks the terminal for its background
    #[arg(long, value_enum, value_name = "NAME")]
    theme: Option<Choice>,
    /// Draw in ASCII only; also where the locale is not UTF-8
    #[arg(long)]
    ascii: bool,
    /// Leave the mouse to the terminal
    #[arg(long)]
    no_mouse: bool,
    /// Hide account, ARNs, tags and the profile's name from the start (key x)
    #[arg(long)]
    redact: bool,
}

impl Flags {
    /// Both together; where both name a theme, the others' holds.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            theme: other.theme.or(self.theme),
            ascii: self.ascii || other.ascii,
            no_mouse: self.no_mouse || other.no_mouse,
            redact: self.redact || other.redact,
        }
    }

    /// For subcommands without a screen: that they take none of these.
    ///
    /// # Errors
    /// Where one was given.
    pub(super) fn none(self) -> Result<(), Problem> {
        if self == Self::default() {
            return Ok(());
        }
        let flags = "--theme, --ascii, --no-mouse and --redact are for the dashboard: `tiertop` and `tiertop demo`";
        Err(Problem::Usage(flags.to_owned()))
    }

    pub(super) fn looks(self) -> Looks {
        Looks { theme: self.theme.unwrap_or_default(), ascii: self.ascii, no_mouse: self.no_mouse, redact: self.redact }
    }
}
