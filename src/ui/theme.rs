//! Colours and glyphs: dark, light, none; Unicode or ASCII. The 16 ANSI colours and indexed greys only, so that the terminal's own palette holds.
//!
//! Colour never carries meaning alone: what is bad also has a mark, a word or a glyph.

use std::borrow::Cow;

use ratatui::style::{Color, Modifier, Style};

use super::text;

/// Which colours are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Palette {
    /// For a dark background.
    #[default]
    Dark,
    /// For a light background.
    Light,
    /// No colour at all (`NO_COLOR`): bold, dim and reverse.
    NoColour,
}

/// What a piece of text is, in the eyes of the theme.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tone {
    /// Usual text.
    #[default]
    Plain,
    /// Of less weight: labels, idle rows, thin percentiles.
    Dim,
    /// Bold.
    Strong,
    /// All is well.
    Good,
    /// Close to trouble.
    Warn,
    /// Trouble.
    Bad,
    /// The program's own colour: its name, the bars of strips.
    Accent,
    /// Column titles.
    Heading,
    /// The key in a list of keys.
    Key,
    /// A chart's line, by what it is of: four that are told apart, also by who sees few colours.
    Series(u8),
    /// What is usual, behind a chart's lines.
    Band,
    /// The quota in a chart.
    Limit,
    /// What a filter has found in a name. Underlined, so that it shows without colour.
    Found,
    /// The label that says the data is not real. Reversed, so that it shows without colour.
    Simulated,
}

/// How the screen looks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Theme {
    /// Its colours.
    pub palette: Palette,
    /// Whether only ASCII is drawn.
    pub ascii: bool,
}

impl Theme {
    /// A theme.
    #[must_use]
    pub fn new(palette: Palette, ascii: bool) -> Self {
        Self { palette, ascii }
    }

    /// The style of a tone.
    #[must_use]
    pub fn style(&self, tone: Tone) -> Style {
        let style = Style::new().add_modifier(modifier(tone, self.palette));
        match self.colour(tone) {
            Some(colour) => style.fg(colour),
            None => style,
        }
    }

    fn colour(&self, tone: Tone) -> Option<Color> {
        let (dark, light) = match tone {
            Tone::Plain | Tone::Strong => return None,
            Tone::Dim => (Color::Indexed(245), Color::Indexed(242)),
            Tone::Good => (Color::Green, Color::Indexed(28)),
            Tone::Warn => (Color::Yellow, Color::Indexed(130)),
            Tone::Bad => (Color::LightRed, Color::Indexed(160)),
            Tone::Accent | Tone::Found | Tone::Series(0) => (Color::Cyan, Color::Indexed(25)),
            Tone::Heading => (Color::Indexed(250), Color::Indexed(238)),
            Tone::Key => (Color::Indexed(252), Color::Indexed(236)),
            Tone::Series(1) => (Color::LightMagenta, Color::Indexed(90)),
            Tone::Series(2) => (Color::Indexed(255), Color::Indexed(234)),
            Tone::Series(_) => (Color::LightGreen, Color::Indexed(29)),
            Tone::Band => (Color::Indexed(239), Color::Indexed(250)),
            Tone::Limit => (Color::Indexed(253), Color::Indexed(235)),
            Tone::Simulated => (Color::LightMagenta, Color::Magenta),
        };
        match self.palette {
            Palette::Dark => Some(dark),
            Palette::Light => Some(light),
            Palette::NoColour => None,
        }
    }

    /// The background of the row that the cursor is on; reversed where there are no colours.
    #[must_use]
    pub fn cursor(&self) -> Style {
        self.background(Color::Indexed(238), Color::Indexed(252), Modifier::REVERSED)
    }

    /// The background of the line of column titles.
    #[must_use]
    pub fn band(&self) -> Style {
        self.background(Color::Indexed(235), Color::Indexed(254), Modifier::UNDERLINED)
    }

    fn background(&self, dark: Color, light: Color, without_colour: Modifier) -> Style {
        match self.palette {
            Palette::Dark => Style::new().bg(dark),
            Palette::Light => Style::new().bg(light),
            Palette::NoColour => Style::new().add_modifier(without_colour),
        }
    }

    /// Our own text as it is drawn: unchanged, or in ASCII.
    #[must_use]
    pub fn say<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if self.ascii { text::ascii(text) } else { Cow::Borrowed(text) }
    }

    /// The text cut to a width, with an ellipsis where something was cut off.
    #[must_use]
    pub fn fit(&self, text: &str, width: usize) -> String {
        text::truncate(&self.say(text), width, if self.ascii { "..." } else { "…" })
    }
}

fn modifier(tone: Tone, palette: Palette) -> Modifier {
    match tone {
        Tone::Strong | Tone::Bad | Tone::Key | Tone::Heading => Modifier::BOLD,
        Tone::Found => Modifier::UNDERLINED,
        Tone::Simulated => Modifier::BOLD.union(Modifier::REVERSED),
        Tone::Dim | Tone::Band if palette == Palette::NoColour => Modifier::DIM,
        _ => Modifier::empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_colour_no_style_has_any() {
        let theme = Theme::new(Palette::NoColour, false);
        for tone in [Tone::Plain, Tone::Dim, Tone::Good, Tone::Warn, Tone::Bad, Tone::Accent, Tone::Simulated] {
            let style = theme.style(tone);
            assert_eq!((style.fg, style.bg), (None, None), "{tone:?}");
        }
        assert!(theme.style(Tone::Simulated).add_modifier.contains(Modifier::REVERSED));
        assert_eq!(theme.cursor().bg, None);
    }

    #[test]
    fn an_ascii_theme_says_ascii() {
        let theme = Theme::new(Palette::Dark, true);
        assert_eq!(theme.say("├ ≥9% → — · …"), "|- >=9% -> - - ...");
        assert_eq!(theme.fit("Claude Sonnet", 9), "Claude...");
    }
}
