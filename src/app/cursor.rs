//! The cursor on the table's rows: it follows its row.

use super::{
    keys::Action,
    state::{Row, State},
    view::RowId,
};

/// Rows that a page key moves by.
const PAGE: usize = 10;

/// Moves by a key.
pub(super) fn act(state: &mut State, action: Action) {
    let to = |at: usize, last: usize| match action {
        Action::Up => at.saturating_sub(1),
        Action::Down => at + 1,
        Action::PageUp => at.saturating_sub(PAGE),
        Action::PageDown => at + PAGE,
        Action::Top => 0,
        Action::Bottom => last,
        _ => at,
    };
    let rows = state.rows();
    let at = position(&rows, state.view.cursor.as_ref()).unwrap_or(0);
    let Some(last) = rows.len().checked_sub(1) else { return };
    state.view.cursor = Some(rows[to(at, last).min(last)].id.clone());
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
