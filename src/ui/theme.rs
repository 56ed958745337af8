//! Colours and glyphs: for dark and light backgrounds, of high contrast, none; 256 colours or 16; Unicode or ASCII. The background itself is never painted,
//! and where only 16 colours are known just those are used, so that the terminal's own palette holds.
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
    /// For a dark background and eyes or screens that need contrast: nothing is dim, marked lines are reversed.
    HighContrastDark,
    /// The same for a light background.
    HighContrastLight,
    /// No colour at all (`NO_COLOR`): bold, dim and reverse.
    NoColour,
}

/// How many colours the terminal knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Depth {
    /// The 16 of ANSI (or only 8 of them).
    Sixteen,
    /// xterm's 256.
    #[default]
    Indexed,
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
    /// The label that says that the view is frozen. Reversed too.
    Paused,
    /// The tab of the screen that is shown. Reversed too.
    Tab,
}

/// How the screen looks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Theme {
    /// Its colours.
    pub palette: Palette,
    /// Whether only ASCII is drawn.
    pub ascii: bool,
    /// How many colours there are.
    pub depth: Depth,
}

impl Theme {
    /// A theme.
    #[must_use]
    pub fn new(palette: Palette, ascii: bool) -> Self {
        Self { palette, ascii, depth: Depth::Indexed }
    }

    /// The same theme for a terminal that knows so many colours.
    #[must_use]
    pub fn with_depth(self, depth: Depth) -> Self {
        Self { depth, ..self }
    }

    /// The style of a tone.
    #[must_use]
    pub fn style(&self, tone: Tone) -> Style {
        let style = Style::new().add_modifier(modifier(tone, self));
        match self.colour(tone) {
            Some(colour) => style.fg(colour),
            None => style,
        }
    }

    fn colour(&self, tone: Tone) -> Option<Color> {
        match (self.palette, self.depth) {
            (Palette::NoColour, _) => None,
            (Palette::HighContrastDark, _) => strong_on_dark(tone),
            (Palette::HighContrastLight, _) => strong_on_light(tone),
            (palette, Depth::Sixteen) => of_sixteen(tone, palette == Palette::Light),
            (palette, Depth::Indexed) => of_many(tone, palette == Palette::Light),
        }
    }

    /// The background of the row that the cursor is on; reversed where there are no colours for it.
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
        match (self.palette, self.depth) {
            (Palette::Dark, Depth::Indexed) => Style::new().bg(dark),
            (Palette::Light, Depth::Indexed) => Style::new().bg(light),
            _ => Style::new().add_modifier(without_colour),
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

/// The usual colours: the terminal's own where those can be read on such a background, else fixed ones of the 256.
fn of_many(tone: Tone, light: bool) -> Option<Color> {
    let (on_dark, on_light) = match tone {
        Tone::Plain | Tone::Strong => return None,
        Tone::Dim => (Color::Indexed(245), Color::Indexed(242)),
        Tone::Good => (Color::Green, Color::Indexed(28)),
        Tone::Warn | Tone::Paused => (Color::Yellow, Color::Indexed(130)),
        Tone::Bad => (Color::LightRed, Color::Indexed(160)),
        Tone::Accent | Tone::Tab | Tone::Found | Tone::Series(0) => (Color::Cyan, Color::Indexed(25)),
        Tone::Heading => (Color::Indexed(250), Color::Indexed(238)),
        Tone::Key => (Color::Indexed(252), Color::Indexed(236)),
        Tone::Series(1) => (Color::LightMagenta, Color::Indexed(90)),
        Tone::Series(2) => (Color::Indexed(255), Color::Indexed(234)),
        Tone::Series(_) => (Color::LightGreen, Color::Indexed(29)),
        Tone::Band => (Color::Indexed(239), Color::Indexed(250)),
        Tone::Limit => (Color::Indexed(253), Color::Indexed(235)),
        Tone::Simulated => (Color::LightMagenta, Color::Magenta),
    };
    Some(if light { on_light } else { on_dark })
}

/// Where only 16 are known. On a light background yellow and cyan cannot be read, so what is close to trouble is magenta there.
fn of_sixteen(tone: Tone, light: bool) -> Option<Color> {
    let (on_dark, on_light) = match tone {
        Tone::Dim => (Color::Gray, Color::DarkGray),
        Tone::Good => (Color::Green, Color::Green),
        Tone::Warn | Tone::Paused => (Color::Yellow, Color::Magenta),
        Tone::Bad => (Color::LightRed, Color::Red),
        Tone::Accent | Tone::Tab | Tone::Found | Tone::Series(0) => (Color::Cyan, Color::Blue),
        Tone::Series(1) | Tone::Simulated => (Color::LightMagenta, Color::Magenta),
        Tone::Series(2) | Tone::Limit => return None,
        Tone::Series(_) => (Color::LightGreen, Color::Green),
        Tone::Band => (Color::DarkGray, Color::Gray),
        _ => return None,
    };
    Some(if light { on_light } else { on_dark })
}

/// High contrast on dark, the same with 16 colours and with 256.
fn strong_on_dark(tone: Tone) -> Option<Color> {
    match tone {
        Tone::Good | Tone::Series(3..) => Some(Color::LightGreen),
        Tone::Warn | Tone::Paused | Tone::Simulated => Some(Color::LightYellow),
        Tone::Bad => Some(Color::LightRed),
        Tone::Accent | Tone::Tab | Tone::Found | Tone::Series(0) => Some(Color::LightCyan),
        Tone::Series(1) => Some(Color::LightMagenta),
        Tone::Band => Some(Color::Gray),
        _ => None,
    }
}

/// High contrast on light: marks and words carry the rest.
fn strong_on_light(tone: Tone) -> Option<Color> {
    match tone {
        Tone::Bad => Some(Color::Red),
        Tone::Accent | Tone::Tab | Tone::Found | Tone::Series(0) => Some(Color::Blue),
        Tone::Series(1) => Some(Color::Magenta),
        Tone::Band => Some(Color::DarkGray),
        _ => None,
    }
}

fn modifier(tone: Tone, theme: &Theme) -> Modifier {
    match tone {
        Tone::Strong | Tone::Bad | Tone::Key | Tone::Heading => Modifier::BOLD,
        Tone::Found => Modifier::UNDERLINED,
        Tone::Simulated | Tone::Paused | Tone::Tab => Modifier::BOLD.union(Modifier::REVERSED),
        Tone::Dim | Tone::Band if theme.palette == Palette::NoColour => Modifier::DIM,
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

    const ALL: [Tone; 12] = [
        Tone::Plain,
        Tone::Dim,
        Tone::Strong,
        Tone::Good,
        Tone::Warn,
        Tone::Bad,
        Tone::Accent,
        Tone::Heading,
        Tone::Key,
        Tone::Simulated,
        Tone::Paused,
        Tone::Tab,
    ];

    #[test]
    fn where_16_colours_are_known_no_others_are_used() {
        for palette in [Palette::Dark, Palette::Light, Palette::HighContrastDark, Palette::HighContrastLight] {
            let theme = Theme::new(palette, false).with_depth(Depth::Sixteen);
            let styles = ALL.into_iter().map(|tone| theme.style(tone)).chain([theme.cursor(), theme.band()]);
            for style in styles {
                assert!(!matches!(style.fg, Some(Color::Indexed(_) | Color::Rgb(..))), "{palette:?} {style:?}");
                assert!(!matches!(style.bg, Some(Color::Indexed(_) | Color::Rgb(..))), "{palette:?} {style:?}");
            }
        }
    }

    /// xterm's own value of a colour, 0 to 255 each.
    fn rgb(colour: Color) -> [f64; 3] {
        let grey = |level: u8| [f64::from(level); 3];
        match colour {
            Color::Red => [205.0, 0.0, 0.0],
            Color::Green => [0.0, 205.0, 0.0],
            Color::Yellow => [205.0, 205.0, 0.0],
            Color::Blue => [0.0, 0.0, 238.0],
            Color::Magenta => [205.0, 0.0, 205.0],
            Color::Cyan => [0.0, 205.0, 205.0],
            Color::Gray => grey(229),
            Color::DarkGray => grey(127),
            Color::LightRed => [255.0, 0.0, 0.0],
            Color::LightGreen => [0.0, 255.0, 0.0],
            Color::LightYellow => [255.0, 255.0, 0.0],
            Color::LightMagenta => [255.0, 0.0, 255.0],
            Color::LightCyan => [0.0, 255.0, 255.0],
            Color::Indexed(index @ 232..) => grey(8 + 10 * (index - 232)),
            Color::Indexed(index @ 16..) => {
                let level = |step: u8| if step == 0 { 0.0 } else { f64::from(55 + 40 * step) };
                let cube = index - 16;
                [level(cube / 36), level(cube / 6 % 6), level(cube % 6)]
            }
            other => panic!("{other:?}"),
        }
    }

    /// Relative luminance as WCAG 2 defines it.
    fn luminance(rgb: [f64; 3]) -> f64 {
        let linear = |part: f64| {
            let part = part / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(rgb[0]) + 0.7152 * linear(rgb[1]) + 0.0722 * linear(rgb[2])
    }

    #[test]
    fn every_tone_can_be_read_on_its_background() {
        let cases = [
            (Palette::Dark, false, Depth::Indexed, 4.5),
            (Palette::Light, true, Depth::Indexed, 4.5),
            (Palette::Dark, false, Depth::Sixteen, 4.5),
            // xterm's own green and grey are weak on white; the other palettes of terminals are better.
            (Palette::Light, true, Depth::Sixteen, 2.0),
            (Palette::HighContrastDark, false, Depth::Indexed, 5.2),
            (Palette::HighContrastLight, true, Depth::Indexed, 5.2),
        ];
        for (palette, light, depth, at_least) in cases {
            let theme = Theme::new(palette, false).with_depth(depth);
            for (tone, colour) in ALL.iter().filter_map(|tone| Some((tone, theme.style(*tone).fg?))) {
                let (ours, other) = (luminance(rgb(colour)) + 0.05, if light { 1.05 } else { 0.05 });
                let contrast = if ours > other { ours / other } else { other / ours };
                assert!(contrast >= at_least, "{palette:?} {depth:?} {tone:?}: {contrast:.1}");
            }
        }
    }

    #[test]
    fn an_ascii_theme_says_ascii() {
        let theme = Theme::new(Palette::Dark, true);
        assert_eq!(theme.say("├ ≥9% → — · …"), "|- >=9% -> - - ...");
        assert_eq!(theme.fit("Claude Sonnet", 9), "Claude...");
    }
}
