//! The cursor on the table's rows: it follows its row.

use super::{
    keys::Action,
    state::{Row, State},
    view::RowId,
};

/// Rows that a page key moves by.
const PAGE: usize = 10;

/// Where a key moves the cursor of a list to; None for keys that move nothing.
pub(super) fn moved(at: usize, last: usize, action: Action) -> Option<usize> {
    let to = match action {
        Action::Up => at.saturating_sub(1),
        Action::Down => at + 1,
        Action::PageUp => at.saturating_sub(PAGE),
        Action::PageDown => at + PAGE,
        Action::Top => 0,
        Action::Bottom => last,
        _ => return None,
    };
    Some(to.min(last))
}

/// Moves by a key.
pub(super) fn act(state: &mut State, action: Action) {
    let rows = state.rows();
    let at = position(&rows, state.view.cursor.as_ref()).unwrap_or(0);
    let Some(last) = rows.len().checked_sub(1) else { return };
    let to = moved(at, last, action).unwrap_or(at).min(last);
    state.view.cursor = Some(rows[to].id.clone());
}

/// Keeps the cursor on its row; where that is gone, and until the user has pressed a key, it is on the first.
pub(super) fn keep(state: &mut State) {
    let rows = state.rows();
    let untouched = state.view.last_key.is_none();
    if untouched || position(&rows, state.view.cursor.as_ref()).is_none() {
        state.view.cursor = rows.first().map(|row| row.id.clone());
    }
}

fn position(rows: &[Row], cursor: Option<&RowId>) -> Option<usize> {
    rows.iter().position(|row| Some(&row.id) == cursor)
}
