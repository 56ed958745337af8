//! Prompt caches: what of a prompt is read from one, and what is written to one.
//!
//! Where a request marks a cache point, what stands before it is written the first time and read for five minutes after each use; below 1,024 tokens nothing is cached (AWS, user guide,
//! prompt caching, autumn 2026). Chat completions cache by themselves in blocks of 16 tokens, and name only what was read (recorded answers, see `services::openai`).

use std::collections::HashMap;

use super::answers::{Caching, Manner};
use super::invoke::{input_tokens, tokens_of};
use super::noise::{key, text};

/// Fewest tokens before a cache point that are cached.
const FEWEST: u32 = 1_024;
/// Tokens of a block that a cache without points holds.
const BLOCK: u32 = 16;
/// Seconds that something stays after its last use.
const LASTS: i64 = 300;
/// Most prompts remembered; when there are more, all are forgotten.
const MOST: usize = 2_000;

/// Tokens of a prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Parts {
    pub input: u32,
    pub read: u32,
    pub write: u32,
    /// What to remember the prompt by.
    key: Option<u64>,
}

/// What is cached, and until when.
#[derive(Debug, Default)]
pub(super) struct Cache(HashMap<u64, i64>);

impl Cache {
    /// What of a model's prompt comes from the cache at `now`, and what goes into it.
    pub(super) fn parts(&self, now: i64, id: &str, prompt: &str, manner: &Manner) -> Parts {
        let all = input_tokens(prompt);
        let plain = Parts { input: all, read: 0, write: 0, key: None };
        let (cached, tokens, writes) = match manner.caching {
            Caching::Never => return plain,
            Caching::Before(at) => {
                let before = prompt.get(..at).unwrap_or(prompt);
                (before, tokens_of(before), true)
            }
            Caching::ByItself => (prompt, (all - 1) / BLOCK * BLOCK, false),
        };
        if writes && tokens < FEWEST {
            return plain;
        }
        let key = key(&[text(id), text(cached)]);
        let input = all.saturating_sub(tokens);
        let known = self.0.get(&key).is_some_and(|until| now < *until);
        let key = Some(key);
        match (known, writes) {
            (true, _) => Parts { input, read: tokens, write: 0, key },
            (false, true) => Parts { input, read: 0, write: tokens, key },
            (false, false) => Parts { key, ..plain },
        }
    }

    /// Keeps a prompt that was answered.
    pub(super) fn keep(&mut self, now: i64, parts: &Parts) {
        let Some(key) = parts.key else { return };
        if self.0.len() >= MOST {
            self.0.clear();
        }
        self.0.insert(key, now + LASTS);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manner(caching: Caching) -> Manner {
        Manner { caching, ..Manner::default() }
    }

    #[test]
    fn a_cache_point_is_written_then_read_then_forgotten() {
        let (mut cache, prompt) = (Cache::default(), "word ".repeat(2_000));
        let point = manner(Caching::Before(8_000));
        let of = |parts: Parts| (parts.input, parts.read, parts.write);
        let all = input_tokens(&prompt);
        let first = cache.parts(0, "m", &prompt, &point);
        assert_eq!(of(first), (all - 2_000, 0, 2_000));
        cache.keep(0, &first);
        assert_eq!(of(cache.parts(299, "m", &prompt, &point)), (all - 2_000, 2_000, 0));
        assert_eq!(of(cache.parts(299, "another", &prompt, &point)), (all - 2_000, 0, 2_000));
        assert_eq!(of(cache.parts(300, "m", &prompt, &point)), (all - 2_000, 0, 2_000));
        let short = manner(Caching::Before(4_000));
        assert_eq!(of(cache.parts(0, "m", &prompt, &short)), (all, 0, 0), "1,000 tokens are too few");
    }

    #[test]
    fn a_cache_by_itself_writes_nothing_that_is_told() {
        let (mut cache, itself) = (Cache::default(), manner(Caching::ByItself));
        let first = cache.parts(0, "m", "Tell me of quotas, and how they are counted", &itself);
        assert_eq!((first.input, first.read, first.write), (18, 0, 0));
        cache.keep(0, &first);
        let again = cache.parts(10, "m", "Tell me of quotas, and how they are counted", &itself);
        assert_eq!((again.input, again.read, again.write), (2, 16, 0));
    }
}
