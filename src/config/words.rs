//! What single values may be: colours, lengths of windows, codes, model ids.

use clap::ValueEnum;

use crate::domain::ids::{ModelId, QuotaCode};

/// Lengths of windows that can be asked for: what is still kept by the minute (15 days) is far more than a screen shows.
pub const WINDOW_MINUTES: std::ops::RangeInclusive<i64> = 5..=24 * 60;

/// Length of the window in minutes where nobody says one.
pub const USUAL_WINDOW_MINUTES: i64 = 180;

/// Which colours the user asks for: the values of `--theme`, and their help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Choice {
    /// What suits the terminal's background; none where `NO_COLOR` is set.
    #[default]
    Auto,
    /// For a dark background.
    Dark,
    /// For a light background.
    Light,
    /// Strong colours, nothing dim.
    HighContrast,
    /// No colours.
    None,
}

impl Choice {
    /// The one of this name.
    pub(super) fn named(name: &str) -> Result<Self, String> {
        let names = || Self::value_variants().iter().filter_map(|choice| Some((choice, choice.to_possible_value()?)));
        let found = names().find(|(_, said)| said.matches(name, false)).map(|(choice, _)| *choice);
        let all = || names().map(|(_, said)| said.get_name().to_owned()).collect::<Vec<_>>().join(", ");
        found.ok_or_else(|| format!("it is one of {}", all()))
    }
}

/// Minutes of `3h`, `90m`, `1h30m`.
///
/// # Errors
/// What a window may be.
pub fn window_minutes(text: &str) -> Result<i64, String> {
    let sentence = || {
        format!(
            "a window is a number of hours or minutes between {}m and {}h, such as 3h or 90m",
            WINDOW_MINUTES.start(),
            WINDOW_MINUTES.end() / 60
        )
    };
    let (hours, minutes) = match text.split_once('h') {
        Some((hours, "")) => (hours, None),
        Some((hours, minutes)) => (hours, Some(minutes)),
        None => ("0", Some(text)),
    };
    let hours: i64 = hours.parse().map_err(|_| sentence())?;
    let minutes: i64 = match minutes {
        Some(minutes) => minutes.strip_suffix('m').and_then(|digits| digits.parse().ok()).ok_or_else(sentence)?,
        None => 0,
    };
    let total =
        hours.checked_mul(60).and_then(|h| h.checked_add(minutes)).filter(|total| WINDOW_MINUTES.contains(total));
    total.ok_or_else(sentence)
}

/// `L-` and eight hexadecimal digits.
pub(super) fn quota_code(text: &str) -> Result<QuotaCode, String> {
    let digit = |byte: u8| byte.is_ascii_digit() || (b'A'..=b'F').contains(&byte);
    let is_code = text.strip_prefix("L-").is_some_and(|digits| digits.len() == 8 && digits.bytes().all(digit));
    let sentence =
        "a quota's code is L- and eight of 0 to 9 and A to F, such as L-F4DDD3EB; `tiertop quotas` lists them";
    if is_code { Ok(QuotaCode::from(text)) } else { Err(sentence.to_owned()) }
}

/// A provider, a dot, and what follows in one word.
pub(super) fn model_id(text: &str) -> Result<ModelId, String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
    let is_id = text.split_once('.').is_some_and(|(provider, rest)| !provider.is_empty() && !rest.is_empty());
    let sentence = "a model id is written as in `aws bedrock list-foundation-models`, such as amazon.nova-pro-v1:0";
    if is_id && text.chars().all(plain) { Ok(ModelId::from(text)) } else { Err(sentence.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_hours_and_minutes() {
        assert_eq!(window_minutes("3h"), Ok(180));
        assert_eq!(window_minutes("90m"), Ok(90));
        assert_eq!(window_minutes("1h30m"), Ok(90));
        for bad in ["", "3", "h", "-3h", "1m", "25h", "9999999999999999h", "1h30", "é"] {
            assert!(window_minutes(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn codes_and_ids_have_their_form() {
        for code in ["L-F4DDD3EB", "L-00000000"] {
            assert_eq!(quota_code(code), Ok(code.into()));
        }
        for bad in ["", "L-", "L-F4DDD3E", "l-f4ddd3eb", "L-F4DDD3EG", "L-F4DDD3EB ", "F4DDD3EB", "L-é00000"] {
            assert!(quota_code(bad).is_err(), "{bad}");
        }
        for id in ["amazon.nova-pro-v1:0", "anthropic.claude-sonnet-5", "a.b.c"] {
            assert_eq!(model_id(id), Ok(id.into()));
        }
        for bad in
            ["", "nova", ".nova", "amazon.", "amazon.nova pro", "arn:aws:bedrock:us-east-1::foundation-model/a.b"]
        {
            assert!(model_id(bad).is_err(), "{bad}");
        }
    }
}
