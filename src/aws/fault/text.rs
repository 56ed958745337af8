//! AWS's own words made fit for a message: short, on one line, without credentials; and what can be read out of them.

/// Characters of AWS's text in a message: enough for the ARN-laden denial of an assumed role, not for a page of HTML.
const MAX_CHARS: usize = 300;

/// A run of base64 characters of this length is a key, a token or a signature: a secret key has 40.
const SECRET_CHARS: usize = 40;

/// Begins of what AWS quotes back of a signed request: headers, and with them the session token.
const SIGNED: [&str; 4] = ["The Canonical String", "The String-to-Sign", "Authorization=", "Credential="];

/// Whether a text holds these (lower-case) words in any case.
pub(super) fn has(text: &str, words: &str) -> bool {
    text.to_ascii_lowercase().contains(words)
}

/// One line of at most [`MAX_CHARS`] characters, without control characters and secrets, without a stop at its end.
pub(super) fn clean(text: &str) -> String {
    clean_up_to(text, MAX_CHARS)
}

/// As [`clean`], of a text of which more characters are kept.
pub(in crate::aws) fn clean_up_to(text: &str, longest: usize) -> String {
    let printable: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let line = printable.split_whitespace().map(redacted).collect::<Vec<_>>().join(" ");
    let mut short: String = line.chars().take(longest).collect();
    if line.chars().nth(longest).is_some() {
        short.push('…');
    }
    short.trim_end_matches(['.', ':', ' ']).to_owned()
}

/// A word with its secrets replaced.
fn redacted(word: &str) -> String {
    let is_secret = |run: &str| run.len() >= SECRET_CHARS || is_key_id(run);
    let in_run = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=');
    let mut out = String::new();
    let mut rest = word;
    while !rest.is_empty() {
        let end = rest.find(|c| !in_run(c)).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        out.push_str(if is_secret(run) { "[removed]" } else { run });
        let mut chars = after.chars();
        out.extend(chars.next());
        rest = chars.as_str();
    }
    out
}

/// Whether a run of letters and digits is an access key id: `AKIA` or `ASIA` and 16 more.
fn is_key_id(run: &str) -> bool {
    let upper = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit();
    run.len() == 20 && (run.starts_with("AKIA") || run.starts_with("ASIA")) && run.chars().all(upper)
}

/// The text up to where AWS quotes the signed request.
pub(in crate::aws) fn without_signature(text: &str) -> &str {
    SIGNED.iter().filter_map(|begin| text.find(begin)).min().map_or(text, |end| &text[..end])
}

/// `lead: text.`, or `lead.` without a text.
pub(super) fn sentence(lead: &str, text: &str) -> String {
    if text.is_empty() { format!("{lead}.") } else { format!("{lead}: {text}.") }
}

/// The IAM action that a denial names: `… is not authorized to perform: cloudwatch:GetMetricData on …`.
pub(super) fn action_in(text: &str) -> Option<String> {
    let (_, after) = text.split_once("is not authorized to perform")?;
    let token = |word: &str| word.trim_matches(|c: char| !c.is_ascii_alphanumeric() && c != '*').to_owned();
    after.split_whitespace().take(4).map(token).find(|word| is_action(word))
}

fn is_action(word: &str) -> bool {
    let named =
        |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '*'));
    word.split_once(':').is_some_and(|(service, operation)| named(service) && named(operation))
}

/// A word as a shell takes it, quoted where it must be.
pub(super) fn shell_word(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.@+/:=,%".contains(c);
    let word: String = word.chars().filter(|c| !c.is_control()).collect();
    if !word.is_empty() && word.chars().all(plain) { word } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_short_one_line_and_without_secrets() {
        assert_eq!(clean("a\n\tb\u{1b}[31m c.\r\n"), "a b [31m c");
        assert_eq!(clean(&"ä ".repeat(400)).chars().count(), MAX_CHARS + 1);
        assert_eq!(
            clean("key AKIAIOSFODNN7EXAMPLE, token=FwoGZXIvYXdzEBYaDHqa0AP+9fAKEfAKEfAKEfAKEfAKEfAKE=="),
            "key [removed], token=FwoGZXIvYXdzEBYaDHqa0AP+9fAKEfAKEfAKEfAKEfAKEfAKE=="
                .replace("token=FwoGZXIvYXdzEBYaDHqa0AP+9fAKEfAKEfAKEfAKEfAKEfAKE==", "[removed]")
        );
        let arn = "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_AdministratorAccess_0123456789abcdef/ana@example.com";
        assert_eq!(clean(arn), arn);
    }

    #[test]
    fn the_missing_action_is_read_out_of_a_denial() {
        let of = |text| action_in(text);
        let text = "User: arn:aws:iam::1:user/a is not authorized to perform: cloudwatch:GetMetricData because no identity-based policy allows it";
        assert_eq!(of(text).as_deref(), Some("cloudwatch:GetMetricData"));
        assert_eq!(
            of("is not authorized to perform: bedrock:ListInferenceProfiles, on x").as_deref(),
            Some("bedrock:ListInferenceProfiles")
        );
        assert_eq!(of("is not authorized to perform this action"), None);
        assert_eq!(of("You are not allowed: a:b"), None);
    }

    #[test]
    fn a_profile_is_quoted_for_the_shell_where_it_must_be() {
        assert_eq!(shell_word("prod.eu-1"), "prod.eu-1");
        assert_eq!(shell_word("my prod"), "'my prod'");
        assert_eq!(shell_word("o'x"), r"'o'\''x'");
    }

    #[test]
    fn the_signed_request_is_cut_off() {
        let text = "The signature does not match.\n\nThe Canonical String for this request should have been\n'x-amz-security-token:SECRET'";
        assert_eq!(clean(without_signature(text)), "The signature does not match");
    }
}
