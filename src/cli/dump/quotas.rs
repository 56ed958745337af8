//! Dumps of the two lists of Service Quotas.

use serde_json::Value;

use super::{APPLIED, DEFAULTS, Dump, Kind, Row, Whose, dump, kind_of};
use crate::domain::{
    ids::QuotaCode,
    quota::{ListedQuota, Quota, error_reason, value},
};

pub(super) const FIELDS: &[&str] =
    &["ServiceCode", "QuotaArn", "QuotaCode", "QuotaName", "Value", "Adjustable", "ErrorReason"];

/// Bedrock's code in Service Quotas.
const SERVICE_CODE: &str = "bedrock";

/// The dump of `list-service-quotas`.
///
/// # Errors
/// It is none: one sentence.
pub(in crate::cli) fn applied(bytes: &[u8]) -> Result<Dump<Quota>, String> {
    let dump = dump(bytes, &APPLIED, |row, whose| listed(row, whose).map(ListedQuota::applied))?;
    if dump.whose.any && dump.whose.account.is_none() {
        return Err(mistaken(&APPLIED, &DEFAULTS, "its ARNs name no account"));
    }
    Ok(dump)
}

/// The dump of `list-aws-default-service-quotas`.
///
/// # Errors
/// It is none: one sentence.
pub(in crate::cli) fn defaults(bytes: &[u8]) -> Result<Dump<Quota>, String> {
    let dump = dump(bytes, &DEFAULTS, |row, whose| listed(row, whose).map(ListedQuota::default))?;
    if dump.whose.account.is_some() {
        return Err(mistaken(&DEFAULTS, &APPLIED, "its ARNs name an account"));
    }
    Ok(dump)
}

/// One list taken for the other would show wrong limits. Only their ARNs differ: those of defaults name no account.
fn mistaken(wanted: &Kind, found: &Kind, why: &str) -> String {
    format!(
        "{why}, so it is the output of `{}`: give it as {}, and as {} what `{}` prints",
        found.command, found.flag, wanted.flag, wanted.command
    )
}

fn listed(row: &Row<'_>, whose: &mut Whose) -> Result<ListedQuota, String> {
    let arn = row.text("QuotaArn")?.unwrap_or_default();
    let by_arn = arn.splitn(6, ':').nth(5).and_then(|resource| resource.split_once('/')).map(|(service, _)| service);
    if let Some(service) = row.text("ServiceCode")?.or(by_arn).filter(|service| *service != SERVICE_CODE) {
        return Err(row.wrong(format_args!(
            "this quota is of {service}, not of bedrock; make the file with `{}`",
            row.kind.command
        )));
    }
    whose.hear(arn, row.number)?;
    let name = row.text("QuotaName")?.unwrap_or_default();
    let adjustable = match row.get("Adjustable") {
        Value::Bool(adjustable) => Some(*adjustable),
        Value::Null => None,
        other => return Err(row.wrong(format_args!("its Adjustable is {}, not true or false", kind_of(other)))),
    };
    // A row that lacks what every quota has is not the whole quota: its value is not believed.
    let lacks = |what: &str| Err(format!("its row has no {what}"));
    Ok(ListedQuota {
        code: QuotaCode::from(row.required("QuotaCode")?),
        name: name.to_owned(),
        adjustable: adjustable.unwrap_or(false),
        value: match adjustable {
            _ if name.is_empty() => lacks("QuotaName"),
            None => lacks("Adjustable"),
            Some(_) => said(row.get("Value")),
        },
        error: error(row)?,
    })
}

/// What is no number is unknown, whatever it looks like.
fn said(found: &Value) -> Result<f64, String> {
    match found {
        Value::Number(number) => value(number.as_f64()),
        Value::Null => value(None),
        Value::String(text) if text.len() < 20 => Err(format!("its value {text:?} is not a number")),
        other => Err(format!("its value is {}, not a number", kind_of(other))),
    }
}

fn error(row: &Row<'_>) -> Result<Option<String>, String> {
    match row.get("ErrorReason") {
        Value::Null => Ok(None),
        Value::Object(reason) => {
            let text = |name| reason.get(name).and_then(Value::as_str);
            Ok(Some(error_reason(text("ErrorCode"), text("ErrorMessage"))))
        }
        other => Err(row.wrong(format_args!("its ErrorReason is {}, not an object", kind_of(other)))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(members: &str) -> String {
        format!(r#"[{{"QuotaCode":"L-1","QuotaName":"One","Adjustable":true{members}}}]"#)
    }

    #[test]
    fn a_row_without_a_value_that_can_be_is_unknown_with_its_reason() {
        for (members, reason) in [
            ("", "it has no value"),
            (r#","Value":null"#, "it has no value"),
            (r#","Value":-1"#, "its value -1 is negative"),
            (r#","Value":NaN"#, "its value \"NaN\" is not a number"),
            (r#","Value":"5""#, "its value \"5\" is not a number"),
            (r#","Value":[5]"#, "its value is a list, not a number"),
            (r#","Value":1e400"#, "its value \"1e400\" is not a number"),
            (r#","Value":1e308"#, "its value 1e308 is too large for a quota"),
            (r#","Value":0.0,"ErrorReason":{"ErrorCode":"DENIED","ErrorMessage":"no"}"#, "DENIED: no"),
        ] {
            let quota = applied(row(members).as_bytes()).unwrap().items.remove(0);
            assert_eq!((quota.applied, quota.error.as_deref()), (None, Some(reason)));
            let quota = defaults(row(members).as_bytes()).unwrap().items.remove(0);
            assert_eq!((quota.default, quota.default_error.as_deref(), quota.error), (None, Some(reason), None));
        }
        let whole = applied(row(r#","Value":200000.0,"Unit":"None""#).as_bytes()).unwrap().items.remove(0);
        assert_eq!((whole.applied, whole.error, whole.adjustable), (Some(200_000.0), None, true));
    }

    #[test]
    fn a_row_that_lacks_name_or_adjustable_is_unknown_and_the_others_are_not() {
        let whole = r#"{"QuotaCode":"L-2","QuotaName":"Two","Adjustable":true,"Value":7}"#;
        for (part, reason) in [
            (r#"{"QuotaCode":"L-1","Adjustable":true,"Value":5}"#, "its row has no QuotaName"),
            (r#"{"QuotaCode":"L-1","QuotaName":"","Adjustable":true,"Value":5}"#, "its row has no QuotaName"),
            (r#"{"QuotaCode":"L-1","QuotaName":"One","Value":5}"#, "its row has no Adjustable"),
        ] {
            let quotas = applied(format!("[{part},{whole}]").as_bytes()).unwrap().items;
            assert_eq!((quotas[0].applied, quotas[0].error.as_deref()), (None, Some(reason)));
            assert_eq!((quotas[1].applied, quotas[1].error.as_deref()), (Some(7.0), None));
        }
    }

    #[test]
    fn a_row_that_is_no_quota_of_bedrock_is_told() {
        let told = |text: &str, words: &[&str]| {
            let error = applied(text.as_bytes()).unwrap_err();
            for word in words {
                assert!(error.contains(word), "{error:?} lacks {word:?}");
            }
        };
        told("[{}]", &["row 1", "no QuotaCode"]);
        told(r#"[{"QuotaCode":5}]"#, &["row 1", "QuotaCode is a number, not text"]);
        told(r#"[{"QuotaCode":"L-1","Adjustable":1}]"#, &["Adjustable is a number"]);
        told(&row(r#","ServiceCode":"ec2""#), &["row 1", "of ec2", "--service-code bedrock"]);
        told(&row(r#","QuotaArn":"arn:aws:servicequotas:us-east-1:1:lambda/L-1""#), &["of lambda"]);
        told(&row(r#","ErrorReason":"denied""#), &["ErrorReason is text"]);
    }

    #[test]
    fn one_list_is_not_taken_for_the_other() {
        let arn =
            |account: &str| row(&format!(r#","QuotaArn":"arn:aws:servicequotas:us-east-1:{account}:bedrock/L-1""#));
        assert!(applied(arn("").as_bytes()).unwrap_err().contains("give it as --defaults"));
        assert!(defaults(arn("111122223333").as_bytes()).unwrap_err().contains("give it as --quotas"));
        let dump = applied(arn("111122223333").as_bytes()).unwrap();
        assert_eq!(dump.whose.region.unwrap().0.as_str(), "us-east-1");
        assert_eq!(dump.whose.account.unwrap().0.as_str(), "111122223333");
        assert!(applied(row(r#","QuotaArn":"gone""#).as_bytes()).is_ok());
    }

    #[test]
    fn two_regions_or_accounts_in_one_dump_are_told() {
        let of = |region: &str, account: &str| {
            format!(
                r#"{{"QuotaCode":"L-1","QuotaName":"One","Adjustable":true,"QuotaArn":"arn:aws:servicequotas:{region}:{account}:bedrock/L-1"}}"#
            )
        };
        let two = |second: String| applied(format!("[{},{second}]", of("us-east-1", "1")).as_bytes()).unwrap_err();
        assert_eq!(two(of("eu-west-1", "1")), "row 1 is of us-east-1, row 2 of eu-west-1: one Region at a time");
        assert_eq!(two(of("us-east-1", "2")), "row 1 is of account 1, row 2 of 2: one account at a time");
    }
}
