//! What an error that somebody got means. One table for every error that a test call, a feed or a user brings: exact texts, the wrappings of SDKs and gateways,
//! and every cause that a text may have. What is not known stays unknown.
//!
//! Pure, bounded in time for any text, and safe: nothing that it gives back holds a control character.

mod mentioned;
mod plain;
pub mod table;
#[cfg(test)]
mod tests;
mod wrapped;

pub use mentioned::{DeniedBy, Mentioned, Named};
use table::{Alone, Cause, CauseId, Row, Table};
pub use wrapped::Wrapped;

/// Characters of a text that are shown of an error which is not known.
const EXCERPT_AT_MOST: usize = 300;

/// Bytes between two pieces of one text: room for a model's ARN, too little for another sentence's words to be taken for its own.
const GAP_AT_MOST: usize = 200;

/// Other errors of the same text that are told.
const OTHERS_AT_MOST: usize = 3;

/// What an error's meaning rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// Words that the service writes for this and nothing else.
    Text,
    /// The exception's name; the words are not known.
    Exception,
    /// The HTTP status; neither words nor exception are known.
    Status,
}

/// An error as far as it can be read.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// What was wrapped round it, and the service's sentence.
    pub wrapped: Wrapped,
    /// What it names.
    pub mentioned: Mentioned,
    /// What it means, and by what that is told; None where it is not known.
    pub known: Option<(&'static Row, Told)>,
    /// Other errors that the same text holds.
    pub others: Vec<&'static Row>,
    /// Whether the text was too long to be read whole: its beginning and its end were.
    pub cut: bool,
}

/// Reads an error. Any text will do: the message alone, what a program printed, a stack trace, a JSON body.
#[must_use]
pub fn read(text: &str) -> Reading {
    let table = Table::built_in();
    let (bounded, cut) = plain::bounded(text);
    let plain = plain::plain(&bounded);
    let compared = plain::comparable(&plain);
    let wrapped = wrapped::unwrapped(&plain, &compared, table);
    let (first, others) = by_text(&compared, &wrapped, table);
    let exception = || table.rows.iter().find(|row| row.is_told_by(Alone::Exception) && names(&wrapped, row));
    let status = || {
        // An exception that is not known, or whose name is not enough, says more than its status would.
        let row = table.rows.iter().find(|row| row.is_told_by(Alone::Status) && row.status == wrapped.status);
        row.filter(|_| wrapped.exception.is_none())
    };
    let known = first
        .map(|row| (row, Told::Text))
        .or_else(|| exception().map(|row| (row, Told::Exception)))
        .or_else(|| status().map(|row| (row, Told::Status)));
    Reading { mentioned: mentioned::mentioned(&plain, &compared), known, others, cut, wrapped }
}

fn names(wrapped: &Wrapped, row: &Row) -> bool {
    wrapped.exception.as_deref().is_some_and(|name| row.comes_as(name))
}

/// A row's text in an error: where it begins, and how long it is.
#[derive(Clone, Copy)]
struct Place {
    row: &'static Row,
    begin: usize,
    end: usize,
}

/// The row whose text stands first, at one place the longest; and others that stand elsewhere.
fn by_text(compared: &str, wrapped: &Wrapped, table: &'static Table) -> (Option<&'static Row>, Vec<&'static Row>) {
    let mut places: Vec<Place> = table.rows.iter().flat_map(|row| places(compared, wrapped, row)).collect();
    places.sort_by_key(|place| (place.begin, std::cmp::Reverse(place.end)));
    let Some(first) = places.first().copied() else { return (None, Vec::new()) };
    let mut others: Vec<&'static Row> = Vec::new();
    let elsewhere = places.iter().filter(|place| place.begin >= first.end && place.row.id != first.row.id);
    for place in elsewhere {
        if others.len() < OTHERS_AT_MOST && !others.iter().any(|row| row.id == place.row.id) {
            others.push(place.row);
        }
    }
    (Some(first.row), others)
}

fn places(compared: &str, wrapped: &Wrapped, row: &'static Row) -> impl Iterator<Item = Place> {
    let agrees = names(wrapped, row) || wrapped.status.is_some() && wrapped.status == row.status;
    let loose = row.loose.iter().filter(move |text| agrees || wrapped::is_all(&wrapped.message, text));
    let texts = row.texts.iter().chain(loose);
    texts.filter_map(move |text| find(compared, text).map(|(begin, end)| Place { row, begin, end }))
}

/// Where a text with gaps stands: the first place at which all of its pieces follow each other closely.
fn find(compared: &str, text: &str) -> Option<(usize, usize)> {
    let mut pieces = text.split(" * ");
    let first = pieces.next().unwrap_or_default();
    compared.match_indices(first).find_map(|(begin, _)| {
        let mut end = begin + first.len();
        for piece in pieces.clone() {
            let reach = plain::floor(compared, compared.len().min(end + GAP_AT_MOST + piece.len()));
            end += compared[end..reach].find(piece)? + piece.len();
        }
        Some((begin, end))
    })
}

impl Reading {
    /// The row of the table; None where the error is not known.
    #[must_use]
    pub fn row(&self) -> Option<&'static Row> {
        self.known.map(|(row, _)| row)
    }

    /// Every cause that it may have, most frequent first; none where it is not known.
    #[must_use]
    pub fn causes(&self) -> &'static [Cause] {
        self.row().map_or(&[], |row| &row.causes)
    }

    /// Whether it may have this cause.
    #[must_use]
    pub fn may_be(&self, cause: CauseId) -> bool {
        self.row().is_some_and(|row| row.cause(cause).is_some())
    }

    /// What it says, as short as a title has room for.
    #[must_use]
    pub fn title(&self) -> String {
        match (self.row(), &self.wrapped.exception, self.wrapped.status) {
            (Some(row), ..) => row.title.clone(),
            (None, Some(exception), _) => format!("{exception}, whose text is not known"),
            (None, None, Some(status)) => format!("HTTP {status}, whose text is not known"),
            (None, None, None) => "a text that is not known".to_owned(),
        }
    }

    /// What it means; where it is not known, what is known of its kind, and nothing more.
    #[must_use]
    pub fn meaning(&self) -> String {
        if let Some(row) = self.row() {
            return row.meaning.clone();
        }
        let kind = match (self.wrapped.exception.as_deref(), self.wrapped.status) {
            (Some("ValidationException" | "ParamValidationError" | "validation_error"), _) | (None, Some(400)) => {
                "Its kind says that the service refused the request as wrong."
            }
            (Some("ResourceNotFoundException"), _) | (None, Some(404)) => {
                "Its kind says that something named in the request was not found."
            }
            (None, Some(401 | 403)) => "Its kind says that the caller may not, or is not known.",
            (None, Some(400..=499)) => "Its kind says that the service refused the request.",
            (None, Some(_)) => "Its kind says that the service, or something in between, failed.",
            _ => "Nothing in it says what kind of error it is.",
        };
        format!("tiertop does not know this text. {kind}")
    }

    /// The service's sentence, short.
    #[must_use]
    pub fn excerpt(&self) -> String {
        plain::short(&self.wrapped.message, EXCERPT_AT_MOST)
    }
}
