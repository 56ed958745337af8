//! Every list has an end: no service is trusted to stop handing out tokens.

use std::collections::HashSet;

/// Pages of one list at most. The longest real list is Service Quotas with 12 pages (1,162 Bedrock quotas, us-east-1, July 2026); an account with
/// ten times that fits, and a service that never stops costs a hundred calls, not all of them.
pub(super) const MAX_PAGES: usize = 100;

/// Where a list stands: which tokens it has seen.
#[derive(Debug, Default)]
pub(super) struct Pages {
    seen: HashSet<String>,
}

/// Why a list was given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Endless {
    /// The same token came twice.
    #[error("the service gave the same page token twice")]
    Repeated,
    /// [`MAX_PAGES`] were read and there is still a token.
    #[error("the service has more than {MAX_PAGES} pages")]
    TooMany,
}

impl Pages {
    /// Takes a page's token: the one to go on with, None at the end of the list. Some services end with an empty token.
    pub(super) fn next(&mut self, token: Option<&str>) -> Result<Option<String>, Endless> {
        let Some(token) = token.filter(|token| !token.is_empty()) else { return Ok(None) };
        if !self.seen.insert(token.to_owned()) {
            return Err(Endless::Repeated);
        }
        if self.seen.len() >= MAX_PAGES {
            return Err(Endless::TooMany);
        }
        Ok(Some(token.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_ends_at_no_token_and_at_an_empty_one() {
        let mut pages = Pages::default();
        assert_eq!(pages.next(Some("a")), Ok(Some("a".into())));
        assert_eq!(pages.next(Some("")), Ok(None));
        assert_eq!(pages.next(None), Ok(None));
    }

    #[test]
    fn a_repeated_token_and_a_list_without_end_are_given_up() {
        let mut pages = Pages::default();
        pages.next(Some("a")).unwrap();
        pages.next(Some("b")).unwrap();
        assert_eq!(pages.next(Some("a")), Err(Endless::Repeated));

        let mut pages = Pages::default();
        let end = (0..).find_map(|n| pages.next(Some(&n.to_string())).err().map(|end| (n + 1, end)));
        assert_eq!(end, Some((MAX_PAGES, Endless::TooMany)));
    }
}
