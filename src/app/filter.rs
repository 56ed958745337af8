//! Which rows are shown: words and terms that the user types.

/// A filter as it is typed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// What was typed.
    pub text: String,
    /// Whether keys are letters of it now.
    pub typing: bool,
}

/// Characters that a filter may have: more than any screen shows.
const LONGEST: usize = 200;

impl Filter {
    /// Takes a key while typing: a letter, `Backspace`, `Ctrl-U`, `Ctrl-W`, `⏎` (keeps it), `Esc` (takes it away).
    pub fn press(&mut self, key: &str) {
        match key {
            "⏎" => self.typing = false,
            "Esc" => *self = Self::default(),
            "Backspace" => {
                self.text.pop();
            }
            "Ctrl-U" => self.text.clear(),
            "Ctrl-W" => {
                let kept = self.text.trim_end().rfind(' ').map_or(0, |at| at + 1);
                self.text.truncate(kept);
            }
            letter if letter.chars().count() == 1 => self.insert(letter),
            _ => {}
        }
    }

    /// Adds text that was typed or pasted; control characters are left out.
    pub fn insert(&mut self, text: &str) {
        let room = LONGEST.saturating_sub(self.text.chars().count());
        self.text.extend(text.chars().filter(|c| !c.is_control()).take(room));
    }
}
