//! Flags of the dashboard's looks.

use clap::Args;

use crate::{
    config::{self, Choice},
    runtime::Problem,
};

/// How the dashboard looks; they stand before `demo` or behind it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Args)]
#[command(next_help_heading = "Looks")]
#[expect(clippy::struct_excessive_bools, reason = "one for each flag")]
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
    /// Ring the terminal's bell when an applied quota value changes
    #[arg(long)]
    bell: bool,
}

impl Flags {
    /// Both together; where both name a theme, the others' holds.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            theme: other.theme.or(self.theme),
            ascii: self.ascii || other.ascii,
            no_mouse: self.no_mouse || other.no_mouse,
            redact: self.redact || other.redact,
            bell: self.bell || other.bell,
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
        let flags =
            "--theme, --ascii, --no-mouse, --redact and --bell are for the dashboard: `tiertop` and `tiertop demo`";
        Err(Problem::Usage(flags.to_owned()))
    }

    /// As the configuration takes them.
    pub(super) fn said(self) -> config::Flags {
        config::Flags {
            theme: self.theme,
            ascii: self.ascii.then_some(true),
            mouse: self.no_mouse.then_some(false),
            redact: self.redact.then_some(true),
            bell: self.bell.then_some(true),
            ..config::Flags::default()
        }
    }
}
