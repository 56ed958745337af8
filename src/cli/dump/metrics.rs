//! Dumps of CloudWatch's list of metrics: which series of Bedrock exist.

use serde_json::Value;

use super::{Dump, METRICS, Row, Whose, dump};
use crate::{
    aws,
    domain::metric::{Listed, Namespace},
};

pub(super) const FIELDS: &[&str] = &["Namespace", "MetricName", "Dimensions"];

/// The dump of `list-metrics`: the series that tiertop reads. Others of Bedrock, and those of other namespaces, are passed over.
///
/// # Errors
/// It is none, or holds other namespaces only: one sentence.
pub(in crate::cli) fn metrics(bytes: &[u8]) -> Result<Dump<(Namespace, Listed)>, String> {
    let mut other: Option<String> = None;
    let mut any = false;
    let dump = dump(bytes, &METRICS, |row, _: &mut Whose| {
        let named = row.required("Namespace")?;
        let Some(namespace) = Namespace::ALL.into_iter().find(|namespace| namespace.name() == named) else {
            other.get_or_insert_with(|| named.to_owned());
            return Ok(None);
        };
        any = true;
        let listed = aws::listed(namespace, row.required("MetricName")?, &dimensions(row)?);
        Ok(listed.map(|listed| (namespace, listed)))
    })?;
    match other.filter(|_| !any) {
        Some(other) => Err(format!("it holds metrics of {other}, none of Bedrock; make it with `{}`", METRICS.command)),
        None => Ok(Dump { items: dump.items.into_iter().flatten().collect(), whose: dump.whose }),
    }
}

/// Names and values; none where the row has no such list.
fn dimensions(row: &Row<'_>) -> Result<Vec<(String, String)>, String> {
    let wrong = || row.wrong("its Dimensions is not as the AWS CLI prints it");
    let text = |dimension: &Value, member: &str| dimension.get(member)?.as_str().map(str::to_owned);
    match row.get("Dimensions") {
        Value::Null => Ok(Vec::new()),
        Value::Array(items) => {
            let pairs = items.iter().map(|item| text(item, "Name").zip(text(item, "Value")).ok_or_else(wrong));
            pairs.collect()
        }
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::metric::{Metric, Part};

    #[test]
    fn series_are_as_the_cli_prints_them_and_others_are_passed_over() {
        let text = r#"{"Metrics":[{"Namespace":"AWS/Bedrock","MetricName":"Invocations","Dimensions":[{"Name":"ModelId","Value":"us.a.b"}]},
            {"Namespace":"AWS/Bedrock","MetricName":"Invocations","Dimensions":[]},
            {"Namespace":"AWS/Bedrock","MetricName":"ModelInvocationLogsCloudWatchDeliverySuccess","Dimensions":[]},
            {"Namespace":"AWS/BedrockMantle","MetricName":"Inferences","Dimensions":[{"Name":"Model","Value":"gpt"}]},
            {"Namespace":"AWS/EC2","MetricName":"CPUUtilization"}]}"#;
        let found = metrics(text.as_bytes()).unwrap().items;
        let keys: Vec<_> =
            found.iter().map(|(namespace, listed)| (*namespace, listed.key.metric, listed.key.part.clone())).collect();
        assert_eq!(
            keys,
            [
                (Namespace::Bedrock, Metric::Invocations, Part::Endpoint("us.a.b".into())),
                (Namespace::Bedrock, Metric::Invocations, Part::Account),
                (Namespace::Mantle, Metric::Invocations, Part::Endpoint("gpt".into())),
            ]
        );
        assert!(metrics(br#"{"Metrics":[]}"#).unwrap().items.is_empty());
    }

    #[test]
    fn what_is_no_list_of_bedrock_s_metrics_is_told() {
        let told = |text: &str, words: &str| {
            let error = metrics(text.as_bytes()).unwrap_err();
            assert!(error.contains(words), "{error}");
        };
        told(r#"[{"Namespace":"AWS/EC2","MetricName":"x"}]"#, "metrics of AWS/EC2, none of Bedrock");
        told(r#"[{"MetricName":"x"}]"#, "row 1: this metric has no Namespace");
        told(r#"[{"Namespace":"AWS/Bedrock"}]"#, "this metric has no MetricName");
        told(r#"[{"Namespace":"AWS/Bedrock","MetricName":"Invocations","Dimensions":[{"Name":5}]}]"#, "Dimensions");
        told(r#"[{"Namespace":"AWS/Bedrock","MetricName":"Invocations","Dimensions":"ModelId"}]"#, "Dimensions");
    }
}
