//! How the screen is to look: what the user asks for, what the environment says of the terminal, and the terminal's own answer about its background.

use crate::{
    config::{Choice, Dashboard},
    ui::{Palette, Theme, theme::Depth},
};

/// What the user asks for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Looks {
    /// Which colours.
    pub theme: Choice,
    /// Whether only ASCII is drawn, whatever the locale.
    pub ascii: bool,
    /// Whether the mouse is left to the terminal.
    pub no_mouse: bool,
    /// Whether account, ARNs and tags are hidden from the start.
    pub redact: bool,
}

/// Terminals that do not answer when asked for their background, or print the question; GNU screen passes it on to a terminal that may be gone.
const MUTE: [&str; 6] = ["", "dumb", "linux", "screen", "cons25", "Eterm"];

/// Terminals without 256 colours, where nothing else is said.
const SIXTEEN: [&str; 9] = ["", "dumb", "linux", "xterm", "screen", "tmux", "rxvt", "ansi", "cygwin"];

impl From<&Dashboard> for Looks {
    fn from(dashboard: &Dashboard) -> Self {
        Self {
            theme: dashboard.theme.value,
            ascii: dashboard.ascii.value,
            no_mouse: !dashboard.mouse.value,
            redact: dashboard.redact.value,
        }
    }
}

impl Looks {
    /// The theme in an environment, as it is while nothing is known of the background; and whether the terminal is to be asked for that.
    #[must_use]
    pub fn theme(self, variable: impl Fn(&str) -> Option<String>) -> (Theme, bool) {
        let said = |name: &str| variable(name).filter(|value| !value.is_empty());
        let term = said("TERM").unwrap_or_default();
        let palette = match self.theme {
            Choice::None => Palette::NoColour,
            Choice::Auto if said("NO_COLOR").is_some() => Palette::NoColour,
            Choice::Auto | Choice::Dark => Palette::Dark,
            Choice::Light => Palette::Light,
            Choice::HighContrast => Palette::HighContrastDark,
        };
        let by_background = matches!(self.theme, Choice::Auto | Choice::HighContrast) && palette != Palette::NoColour;
        let can_answer = !MUTE.contains(&term.as_str()) && !term.starts_with("screen.") && !term.starts_with("vt");
        let theme = Theme::new(palette, self.ascii || !is_utf8(&said)).with_depth(depth(&term, &said));
        (theme, by_background && can_answer)
    }
}

/// The palette of the same kind for a background.
#[must_use]
pub(super) fn for_background(palette: Palette, light: bool) -> Palette {
    match (palette, light) {
        (Palette::Dark | Palette::Light, true) => Palette::Light,
        (Palette::Dark | Palette::Light, false) => Palette::Dark,
        (Palette::HighContrastDark | Palette::HighContrastLight, true) => Palette::HighContrastLight,
        (Palette::HighContrastDark | Palette::HighContrastLight, false) => Palette::HighContrastDark,
        (Palette::NoColour, _) => Palette::NoColour,
    }
}

/// `COLORTERM` is set by terminals with more than 256 colours; else TERM says it.
fn depth(term: &str, said: &impl Fn(&str) -> Option<String>) -> Depth {
    let few =
        SIXTEEN.contains(&term) || term.starts_with("vt") || term.ends_with("-16color") || term.ends_with("-color");
    if said("COLORTERM").is_some() && term != "linux" || !few { Depth::Indexed } else { Depth::Sixteen }
}

/// The first that is set of these decides, as in every C program. None at all is the C locale: ASCII.
fn is_utf8(said: &impl Fn(&str) -> Option<String>) -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(said).unwrap_or_default();
    let locale = locale.to_ascii_lowercase();
    locale.contains("utf-8") || locale.contains("utf8")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn theme(choice: Choice, variables: &[(&str, &str)]) -> (Theme, bool) {
        let looks = Looks { theme: choice, ..Looks::default() };
        looks.theme(|name| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()))
    }

    const UTF8: (&str, &str) = ("LANG", "de_DE.UTF-8");

    #[test]
    fn the_environment_says_how_many_colours_there_are() {
        let depth = |variables: &[(&str, &str)]| theme(Choice::Dark, variables).0.depth;
        assert_eq!(depth(&[("TERM", "xterm-256color")]), Depth::Indexed);
        assert_eq!(depth(&[("TERM", "xterm-kitty")]), Depth::Indexed);
        assert_eq!(depth(&[("TERM", "linux"), ("COLORTERM", "truecolor")]), Depth::Sixteen);
        assert_eq!(depth(&[("TERM", "xterm")]), Depth::Sixteen);
        assert_eq!(depth(&[("TERM", "xterm"), ("COLORTERM", "truecolor")]), Depth::Indexed);
        assert_eq!(depth(&[]), Depth::Sixteen);
    }

    #[test]
    fn a_locale_without_utf8_is_drawn_in_ascii() {
        let ascii = |variables: &[(&str, &str)]| theme(Choice::Dark, variables).0.ascii;
        assert!(!ascii(&[UTF8]));
        assert!(!ascii(&[("LC_CTYPE", "C.utf8"), ("LANG", "C")]));
        assert!(ascii(&[("LC_ALL", "C"), UTF8]), "the first that is set decides");
        assert!(ascii(&[("LANG", "de_DE.ISO-8859-1")]));
        assert!(ascii(&[]));
        assert!(!ascii(&[("LC_ALL", ""), UTF8]), "empty is not set");
    }

    #[test]
    fn the_background_matters_where_nothing_else_is_said() {
        let xterm = ("TERM", "xterm-256color");
        assert_eq!(theme(Choice::Auto, &[xterm]), (Theme::new(Palette::Dark, true), true));
        assert_eq!(
            theme(Choice::Auto, &[xterm, ("NO_COLOR", "1"), UTF8]),
            (Theme::new(Palette::NoColour, false), false)
        );
        assert!(theme(Choice::HighContrast, &[xterm, ("NO_COLOR", "1")]).1, "asked for by name");
        for choice in [Choice::Dark, Choice::Light, Choice::None] {
            assert!(!theme(choice, &[xterm]).1, "{choice:?}");
        }
        for term in ["dumb", "linux", "screen", "screen.xterm-256color", "vt220"] {
            assert!(!theme(Choice::Auto, &[("TERM", term)]).1, "{term}");
        }
        assert!(theme(Choice::Auto, &[("TERM", "screen-256color")]).1, "tmux answers");
        assert_eq!(for_background(Palette::HighContrastDark, true), Palette::HighContrastLight);
    }
}
