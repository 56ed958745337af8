//! Numbers in few cells: `950`, `1.2k`, `31k`, `2.0M`, `87%`, `1m50s`. Monotone: a larger number never reads as a smaller one.

use jiff::{SignedDuration, Timestamp};

use crate::domain::{daily::DayUse, evidence, minute::Minute, snapshot::Bound, usage::percent_of};

use super::text::width;

/// What is shown where a number is not known. Never 0.
pub const UNKNOWN: &str = "—";

/// A count or rate in at most 4 cells: `0`, `0.3`, `950`, `1.2k`, `31k`, `2.0M`.
#[must_use]
pub fn short(value: f64) -> String {
    if !value.is_finite() || value < 0.0 {
        return UNKNOWN.to_owned();
    }
    if value > 0.0 && value < 0.05 {
        return "<0.1".to_owned();
    }
    let mut scaled = value;
    for unit in ["", "k", "M", "B", "T"] {
        if scaled < 999.5 {
            return format!("{}{unit}", digits(scaled, unit.is_empty()));
        }
        scaled /= 1000.0;
    }
    ">1P".to_owned()
}

/// Two digits or three: `2.0`, `31`; a whole number without a unit stays whole.
fn digits(scaled: f64, no_unit: bool) -> String {
    let whole = no_unit && scaled.fract() == 0.0;
    if scaled < 9.95 && !whole { format!("{scaled:.1}") } else { format!("{scaled:.0}") }
}

/// Three digits, where `short` has two: parts must be seen to add up.
#[must_use]
pub fn precise(value: f64) -> String {
    let units = [(1e9, "B"), (1e6, "M"), (1e3, "k")];
    match units.into_iter().find(|(size, _)| value >= *size * 0.9995) {
        Some((size, unit)) if value / size < 9.995 => format!("{:.2}{unit}", value / size),
        Some((size, unit)) if value / size < 99.95 => format!("{:.1}{unit}", value / size),
        Some((size, unit)) => format!("{:.0}{unit}", value / size),
        None => format!("{value:.0}"),
    }
}

/// A count with all its digits: `64,000`; below ten with a tenth where it is not whole.
#[must_use]
pub fn grouped(value: f64) -> String {
    if !value.is_finite() || value < 0.0 {
        return UNKNOWN.to_owned();
    }
    if value < 9.95 && value.fract() != 0.0 {
        return format!("{value:.1}");
    }
    evidence::grouped(&format!("{value:.0}"))
}

/// `short`, or a dash where unknown.
#[must_use]
pub fn short_or_unknown(value: Option<f64>) -> String {
    value.map_or_else(|| UNKNOWN.to_owned(), short)
}

/// A count or rate that may be a bound: `≥1.2k` is rounded down, `≤1.3k` up, so that it stays true. In fewer cells than that takes it says less: `≥1k`, `≥.1M`.
#[must_use]
pub fn bounded(value: Option<f64>, bound: Bound, cells: usize) -> String {
    let (mark, round): (_, fn(f64) -> f64) = match (value, bound) {
        (None, _) => return UNKNOWN.to_owned(),
        (Some(value), Bound::Exact) => return short(value),
        (Some(_), Bound::AtLeast) => ("≥", f64::floor),
        (Some(_), Bound::AtMost) => ("≤", f64::ceil),
    };
    let value = value.unwrap_or(f64::NAN);
    if !value.is_finite() || value < 0.0 {
        return UNKNOWN.to_owned();
    }
    let units = [(1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k"), (1.0, "")];
    let at = units.iter().position(|(size, _)| value >= *size).unwrap_or(units.len() - 1);
    let (size, scaled) = (units[at].0, value / units[at].0);
    let finest = if scaled < 10.0 { round(scaled * 10.0) / 10.0 } else { round(scaled) };
    let whole = short(round(scaled) * size).replace(".0", "");
    let tenths = at.checked_sub(1).map(|next| (round(10.0 * value / units[next].0), units[next].1));
    let tenths = tenths.map(|(tenths, unit)| format!(".{tenths:.0}{unit}"));
    let texts = [Some(short(finest * size)), Some(whole), tenths].into_iter().flatten();
    let mut texts = texts.map(|text| format!("{mark}{text}"));
    let first = texts.next().unwrap_or_default();
    if width(&first) <= cells { first } else { texts.find(|text| width(text) <= cells).unwrap_or(first) }
}

/// A percentage in at most 5 cells: `0%`, `<1%`, `87%`, `1.2k%`. What is below 100 never reads as 100.
#[must_use]
pub fn percent(value: f64) -> String {
    if !value.is_finite() || value < 0.0 {
        UNKNOWN.to_owned()
    } else if value > 0.0 && value < 0.5 {
        "<1%".to_owned()
    } else if value < 100.0 {
        format!("{:.0}%", value.round().min(99.0))
    } else {
        format!("{}%", short(value.round()))
    }
}

/// A percentage that may be a bound: `≥9%` is rounded down, `≤9%` up, so that it stays true.
#[must_use]
pub fn bounded_percent(value: f64, bound: Bound) -> String {
    match bound {
        Bound::Exact => percent(value),
        // "At least nothing" says nothing: below one percent a tenth is told.
        Bound::AtLeast if (0.1..1.0).contains(&value) => format!("≥{:.1}%", (value * 10.0).floor() / 10.0),
        Bound::AtLeast => format!("≥{}", percent(value.floor())),
        Bound::AtMost => format!("≤{}", percent(value.ceil())),
    }
}

/// What must be known of the two counts of a day.
pub const WHICH_DAY: &str = "AWS does not say which of them counts";

/// `24 h 1.2B (20%) · since 00:00Z 671M (12%)`: a day's tokens, and their shares of a value where it has any.
#[must_use]
pub fn day_parts(day: &DayUse, of: Option<f64>) -> String {
    let part = |tokens: Option<f64>| {
        let share = percent_of(tokens, of).map(|percent| bounded_percent(percent, day.bound));
        let share = share.map_or_else(String::new, |share| format!(" ({share})"));
        format!("{}{share}", bounded(tokens, day.bound, 6))
    };
    format!("24 h {} · since 00:00Z {}", part(day.running), part(day.today))
}

/// Seconds from milliseconds in at most 4 cells: `<0.1`, `0.8`, `12`, `310`, `20m`.
#[must_use]
pub fn seconds(milliseconds: f64) -> String {
    let seconds = milliseconds / 1000.0;
    if !seconds.is_finite() || seconds < 0.0 {
        UNKNOWN.to_owned()
    } else if seconds > 0.0 && seconds < 0.05 {
        "<0.1".to_owned()
    } else if seconds < 9.95 {
        format!("{seconds:.1}")
    } else if seconds < 999.5 {
        format!("{seconds:.0}")
    } else {
        format!("{}m", short((seconds / 60.0).round().min(999.0)))
    }
}

/// How long something lasted, in at most 6 cells: `50s`, `1m50s`, `2h05m`, `3d04h`, `40d`.
#[must_use]
pub fn age(duration: SignedDuration) -> String {
    let seconds = duration.as_secs().max(0);
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds}s"),
        (0, 0, _) => format!("{minutes}m{:02}s", seconds % 60),
        (0, _, _) => format!("{hours}h{:02}m", minutes % 60),
        (1..=9, _, _) => format!("{days}d{:02}h", hours % 24),
        _ => format!("{}d", days.min(99_999)),
    }
}

/// Time left as a clock: `0:25`, `12:05`.
#[must_use]
pub fn countdown(duration: SignedDuration) -> String {
    let seconds = duration.as_secs().clamp(0, 99 * 60 + 59);
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

/// A window: `3 h`, `90 min`, `14 d`.
#[must_use]
pub fn window(minutes: usize) -> String {
    match minutes {
        m if m >= 2880 && m % 1440 == 0 => format!("{} d", m / 1440),
        m if m >= 60 && m % 60 == 0 => format!("{} h", m / 60),
        m => format!("{m} min"),
    }
}

/// US dollars: `$0`, `<$0.01`, `$0.45`, `$12.30`, `$1.2k`.
#[must_use]
pub fn dollars(value: f64) -> String {
    if !value.is_finite() || value < 0.0 {
        UNKNOWN.to_owned()
    } else if value == 0.0 {
        "$0".to_owned()
    } else if value < 0.005 {
        "<$0.01".to_owned()
    } else if value < 999.5 {
        format!("${value:.2}")
    } else {
        format!("${}", short(value))
    }
}

/// US dollars in at most 5 cells: `$0`, `<$.01`, `$0.45`, `$12.3`, `$123`, `$1.2k`.
#[must_use]
pub fn short_dollars(value: f64) -> String {
    match value {
        v if !v.is_finite() || v < 0.0 => UNKNOWN.to_owned(),
        v if v > 0.0 && v < 0.005 => "<$.01".to_owned(),
        0.0 => "$0".to_owned(),
        v if v < 9.995 => format!("${v:.2}"),
        v if v < 99.95 => format!("${v:.1}"),
        v if v < 999.5 => format!("${v:.0}"),
        v => format!("${}", short(v)),
    }
}

/// A difference in percent in at most 5 cells: `+38%`, `-5%`, `0%`, `+2k%`.
#[must_use]
pub fn difference(percent: f64) -> String {
    let rounded = percent.round();
    match rounded {
        v if !v.is_finite() => UNKNOWN.to_owned(),
        0.0 => "0%".to_owned(),
        v if v.abs() < 1000.0 => format!("{v:+}%"),
        v if v.abs() < 9500.0 => format!("{:+.0}k%", v / 1000.0),
        v => format!("{}9k%", if v > 0.0 { ">+" } else { "<-" }),
    }
}

/// The UTC minute of an instant: `03:11Z`.
#[must_use]
pub fn clock(instant: Timestamp) -> String {
    Minute::of(instant).to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn counts_read_as_people_write_them() {
        let table = [
            (0.0, "0"),
            (0.01, "<0.1"),
            (0.3, "0.3"),
            (2.0, "2"),
            (9.97, "10"),
            (950.0, "950"),
            (999.6, "1.0k"),
            (1234.0, "1.2k"),
            (31_000.0, "31k"),
            (999_999.0, "1.0M"),
            (2_000_000.0, "2.0M"),
            (100_000_000.0, "100M"),
            (1e15, ">1P"),
            (f64::NAN, "—"),
            (-1.0, "—"),
        ];
        for (value, expected) in table {
            assert_eq!(short(value), expected, "{value}");
        }
    }

    #[test]
    fn parts_have_three_digits() {
        let table = [(1_730_000.0, "1.73M"), (20_000.0, "20.0k"), (999.6, "1.00k"), (12.0, "12"), (0.0, "0")];
        for (value, expected) in table {
            assert_eq!(precise(value), expected, "{value}");
        }
    }

    #[test]
    fn all_digits_are_grouped() {
        for (value, expected) in [
            (0.0, "0"),
            (0.34, "0.3"),
            (9.96, "10"),
            (999.0, "999"),
            (64_000.0, "64,000"),
            (1e6, "1,000,000"),
            (f64::NAN, UNKNOWN),
        ] {
            assert_eq!(grouped(value), expected);
        }
    }

    #[test]
    fn a_bound_stays_true_when_rounded() {
        assert_eq!(bounded_percent(9.7, Bound::AtLeast), "≥9%");
        assert_eq!(bounded_percent(9.2, Bound::AtMost), "≤10%");
        assert_eq!(bounded_percent(0.2, Bound::Exact), "<1%");
        assert_eq!(percent(99.7), "99%");
        assert_eq!(percent(100.0), "100%");
        assert_eq!(percent(1234.0), "1.2k%");
    }

    #[test]
    fn a_bound_is_true_in_any_room() {
        let table = [
            (1_260.0, Bound::AtLeast, 5, "≥1.2k"),
            (1_260.0, Bound::AtMost, 5, "≤1.3k"),
            (1_260.0, Bound::Exact, 4, "1.3k"),
            (1_960.0, Bound::AtLeast, 4, "≥1k"),
            (99_900.0, Bound::AtLeast, 4, "≥99k"),
            (199_900.0, Bound::AtLeast, 5, "≥199k"),
            (199_900.0, Bound::AtLeast, 4, "≥.1M"),
            (2e6, Bound::AtLeast, 5, "≥2.0M"),
            (999.7, Bound::AtLeast, 5, "≥999"),
            (999.7, Bound::AtMost, 5, "≤1.0k"),
            (0.04, Bound::AtMost, 5, "≤0.1"),
            (7.0, Bound::AtLeast, 4, "≥7"),
        ];
        for (value, bound, cells, expected) in table {
            assert_eq!(bounded(Some(value), bound, cells), expected, "{value} {bound:?} {cells}");
        }
        assert_eq!(bounded(None, Bound::AtLeast, 5), "—");
    }

    #[test]
    fn times_and_money() {
        assert_eq!(age(SignedDuration::from_secs(110)), "1m50s");
        assert_eq!(age(SignedDuration::from_secs(7_500)), "2h05m");
        assert_eq!(age(SignedDuration::from_secs(-5)), "0s");
        assert_eq!(countdown(SignedDuration::from_secs(25)), "0:25");
        assert_eq!((window(180), window(90), window(20_160)), ("3 h".into(), "90 min".into(), "14 d".into()));
        assert_eq!((dollars(0.45), dollars(0.001), dollars(0.0)), ("$0.45".into(), "<$0.01".into(), "$0".into()));
        assert_eq!((seconds(7_900.0), seconds(20.0), seconds(310_000.0)), ("7.9".into(), "<0.1".into(), "310".into()));
    }

    #[test]
    fn money_and_differences_are_short() {
        for (value, expected) in
            [(0.0, "$0"), (0.004, "<$.01"), (0.45, "$0.45"), (9.996, "$10.0"), (123.4, "$123"), (1234.0, "$1.2k")]
        {
            assert_eq!(short_dollars(value), expected);
        }
        for (value, expected) in [(38.2, "+38%"), (-5.0, "-5%"), (0.3, "0%"), (310.0, "+310%"), (2345.0, "+2k%")] {
            assert_eq!(difference(value), expected);
        }
        assert_eq!((difference(1e9), difference(-0.2)), (">+9k%".into(), "0%".into()));
    }

    fn read(text: &str) -> f64 {
        let text = text.trim_start_matches(['<', '≥', '≤']).trim_end_matches('%');
        if text == ">1P" {
            return 1e15;
        }
        let power = "kMBT".chars().position(|unit| text.ends_with(unit)).map_or(0, |at| at + 1);
        let number: f64 = text.trim_end_matches(['k', 'M', 'B', 'T']).parse().unwrap();
        number * 1000_f64.powi(i32::try_from(power).unwrap())
    }

    proptest! {
        #[test]
        fn never_wider_than_the_column_and_monotone(a in 0.0..1e16_f64, exponent in -6..16_i32, b in 0.0..10.0_f64) {
            let (small, large) = { let b = b * 10_f64.powi(exponent); if a < b { (a, b) } else { (b, a) } };
            prop_assert!(short_dollars(small).len() <= 5 && difference(small).len() <= 5);
            prop_assert!(short(small).len() <= 4 && percent(small).chars().count() <= 5 && seconds(small).len() <= 4);
            prop_assert!(read(&short(small)) <= read(&short(large)), "{small} {large}");
            for cells in [4, 5, usize::MAX] {
                let [at_least, at_most] = [Bound::AtLeast, Bound::AtMost].map(|bound| bounded(Some(large), bound, cells));
                if large < 9e13 {
                    prop_assert!(width(&at_least) <= cells, "{at_least}");
                    prop_assert!(read(&at_least) <= large * (1.0 + 1e-12), "{at_least} {large}");
                    prop_assert!(read(&at_most) >= large * (1.0 - 1e-12), "{at_most} {large}");
                }
            }
        }
    }
}
