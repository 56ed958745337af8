//! The last hour in a few cells.
//!
//! ```text
//! ▂▂▃▃▄▅▆▇███x     ▁▁▁··▁▁▁▁▁▁▁
//! ```
//!
//! One cell is the worst of its minutes; `·` is unknown, `x` a cell in which calls were refused.

/// What a cell of the strip says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Not known in any of its minutes.
    Unknown,
    /// Use, from 1 (least) to 8 (the limit).
    Level(u8),
    /// Calls were refused.
    Refused,
}

const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const BARS_ASCII: [char; 8] = ['.', ':', '-', '=', '+', '*', '#', '#'];

impl Mark {
    /// Its glyph.
    #[must_use]
    pub fn glyph(self, ascii: bool) -> char {
        match self {
            Self::Unknown if ascii => '?',
            Self::Unknown => '·',
            Self::Refused => 'x',
            Self::Level(level) => (if ascii { BARS_ASCII } else { BARS })[usize::from(level.clamp(1, 8)) - 1],
        }
    }
}

/// How many times the worst minute the scale reaches where there is no limit: a strip that is full to the brim must mean a limit.
const SCALE_WITHOUT_LIMIT: f64 = 2.0;

/// Squeezes minutes (oldest first) into `cells` cells, or fewer where there are fewer minutes. The scale ends at the limit, else at twice the worst minute.
#[must_use]
pub fn squeeze(minutes: &[Option<f64>], refused: &[bool], limit: Option<f64>, cells: usize) -> Vec<Mark> {
    let worst = minutes.iter().copied().flatten().fold(0.0, f64::max);
    let top = limit.filter(|limit| *limit > 0.0).unwrap_or(worst * SCALE_WITHOUT_LIMIT);
    let cells = cells.min(minutes.len());
    let bound = |cell: usize| cell * minutes.len() / cells;
    (0..cells)
        .map(|cell| {
            let range = bound(cell)..bound(cell + 1);
            let is_refused = refused.get(range.start..range.end.min(refused.len())).is_some_and(|r| r.contains(&true));
            let worst = minutes[range].iter().copied().flatten().reduce(f64::max);
            match worst {
                _ if is_refused => Mark::Refused,
                None => Mark::Unknown,
                Some(value) => Mark::Level(level(value, top)),
            }
        })
        .collect()
}

fn level(value: f64, top: f64) -> u8 {
    if top <= 0.0 {
        return 1;
    }
    let eighths = (value / top * 8.0).round().clamp(1.0, 8.0);
    (1..=8_u8).find(|level| f64::from(*level) >= eighths).unwrap_or(8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draw(minutes: &[Option<f64>], refused: &[bool], limit: Option<f64>, cells: usize) -> String {
        squeeze(minutes, refused, limit, cells).into_iter().map(|mark| mark.glyph(false)).collect()
    }

    #[test]
    fn a_cell_is_the_worst_of_its_minutes() {
        let rising: Vec<_> = (1..=16).map(|n| Some(f64::from(n))).collect();
        assert_eq!(draw(&rising, &[], Some(16.0), 8), "▁▂▃▄▅▆▇█");
        assert_eq!(draw(&rising, &[], None, 8), "▁▁▂▂▃▃▄▄");
        assert_eq!(draw(&rising, &[], Some(160.0), 4), "▁▁▁▁");
        assert_eq!(draw(&[Some(0.0); 4], &[], None, 4), "▁▁▁▁");
        assert_eq!(draw(&[Some(1e9); 4], &[], Some(1.0), 2), "██");
    }

    #[test]
    fn unknown_and_refused_show() {
        let minutes = [None, None, None, Some(4.0), Some(8.0), None];
        assert_eq!(draw(&minutes, &[false, false, false, false, false, true], Some(8.0), 3), "·▄x");
        assert_eq!(draw(&minutes, &[true], Some(8.0), 3), "x▄█");
        assert_eq!(draw(&[], &[], None, 12), "");
        assert_eq!(Mark::Unknown.glyph(true), '?');
    }
}
