//! The order of the quotas.

use std::cmp::Ordering;

use crate::domain::{quota_name::QuotaMetric, quota_rows::QuotaRow};

/// What quotas are sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum SortBy {
    /// The worst minute in percent of the quota (of a daily one, its day), the largest first; a zero that is in use before all, and what cannot be the limit that is
    /// hit behind all that can.
    #[default]
    Peak,
    /// The use now in percent, the largest first.
    Used,
    /// The model as the name spells it.
    Model,
    /// Whose calls.
    Scope,
    /// What is counted.
    Metric,
    /// The value in force, the largest first.
    Applied,
    /// The code.
    Code,
}

impl SortBy {
    /// All, in the order in which a key goes round.
    pub const ALL: [Self; 7] =
        [Self::Peak, Self::Used, Self::Model, Self::Scope, Self::Metric, Self::Applied, Self::Code];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Peak => "peak",
            Self::Used => "used",
            Self::Model => "model",
            Self::Scope => "scope",
            Self::Metric => "metric",
            Self::Applied => "applied",
            Self::Code => "code",
        }
    }

    /// Whether large numbers stand first.
    #[must_use]
    pub fn is_of_numbers(self) -> bool {
        matches!(self, Self::Peak | Self::Used | Self::Applied)
    }

    /// The number of a row; None where it is unknown, and where the order is not one of numbers.
    fn number(self, row: &QuotaRow) -> Option<f64> {
        match self {
            Self::Peak if row.is_zero() && row.is_in_use() && row.binds() => Some(f64::INFINITY),
            Self::Peak => row.peak_percent.or_else(|| row.used_percent()),
            Self::Used => row.used_percent(),
            Self::Applied => row.known.in_force,
            Self::Model | Self::Scope | Self::Metric | Self::Code => None,
        }
    }
}

/// An order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct QuotaSort {
    /// By what.
    pub by: SortBy,
    /// The other way round; unknown numbers stay last.
    pub reversed: bool,
}

impl QuotaSort {
    /// By the next thing, in its own direction.
    #[must_use]
    pub fn next(self) -> Self {
        let at = SortBy::ALL.iter().position(|by| *by == self.by).unwrap_or(0);
        Self { by: SortBy::ALL[(at + 1) % SortBy::ALL.len()], reversed: false }
    }

    /// By what was clicked on; a second click turns the order round.
    #[must_use]
    pub fn by_column(self, by: SortBy) -> Self {
        Self { by, reversed: self.by == by && !self.reversed }
    }

    /// Whether the numbers go down the list.
    #[must_use]
    pub fn is_descending(self) -> bool {
        self.by.is_of_numbers() != self.reversed
    }

    /// The rows in this order; equal ones by model, scope and metric.
    #[must_use]
    pub fn sorted(self, mut rows: Vec<&QuotaRow>) -> Vec<&QuotaRow> {
        rows.sort_by(|a, b| self.compare(a, b).then_with(|| by_name(a, b)));
        rows
    }

    fn compare(self, a: &QuotaRow, b: &QuotaRow) -> Ordering {
        let turned = |order: Ordering| if self.reversed { order.reverse() } else { order };
        if self.by.is_of_numbers() {
            let stands_back = |row: &QuotaRow| self.by == SortBy::Peak && !row.binds();
            return match (self.by.number(a), self.by.number(b)) {
                (Some(of_a), Some(of_b)) => {
                    stands_back(a).cmp(&stands_back(b)).then_with(|| turned(of_b.total_cmp(&of_a)))
                }
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => Ordering::Equal,
            };
        }
        turned(match self.by {
            SortBy::Scope => a.known.scope.cmp(&b.known.scope),
            SortBy::Metric => metric(a).cmp(&metric(b)),
            SortBy::Code => a.known.quota.code.cmp(&b.known.quota.code),
            _ => label(a).cmp(label(b)),
        })
    }
}

fn by_name(a: &QuotaRow, b: &QuotaRow) -> Ordering {
    let rest = |row: &QuotaRow| (row.known.scope, metric(row), row.known.quota.code.clone());
    label(a).cmp(label(b)).then_with(|| rest(a).cmp(&rest(b)))
}

/// Quotas that count nothing of inference stand last.
fn metric(row: &QuotaRow) -> (bool, Option<QuotaMetric>) {
    (row.known.metric.is_none(), row.known.metric)
}

fn label(row: &QuotaRow) -> &str {
    row.known.label.as_deref().unwrap_or(&row.known.quota.name)
}
