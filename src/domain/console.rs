//! Addresses of the AWS console's pages.

use super::ids::{QuotaCode, Region};

/// The consoles of the partitions: how their Regions' names begin, and the host's name after the Region.
const PARTITIONS: [(&str, &str); 4] = [
    ("cn-", "console.amazonaws.cn"),
    ("us-gov-", "console.amazonaws-us-gov.com"),
    ("eusc-", "console.amazonaws-eusc.eu"),
    ("", "console.aws.amazon.com"),
];

/// The page of a Bedrock quota, or of all of them where none is named; None where the Region's name can't be part of an address.
#[must_use]
pub fn quota_page(region: &Region, code: Option<&QuotaCode>) -> Option<String> {
    let region = region.as_str();
    let is_name =
        |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if !is_name(region) {
        return None;
    }
    let (_, host) = PARTITIONS.into_iter().find(|(begins, _)| region.starts_with(begins))?;
    let list = format!("https://{region}.{host}/servicequotas/home/services/bedrock/quotas");
    Some(match code.map(QuotaCode::as_str).filter(|code| is_name(code)) {
        Some(code) => format!("{list}/{code}"),
        None => list,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_partition_has_its_console() {
        let page = |region: &str, code: &str| quota_page(&region.into(), Some(&code.into()));
        let path = "servicequotas/home/services/bedrock/quotas/L-F4DDD3EB";
        for (region, host) in [
            ("us-east-1", "console.aws.amazon.com"),
            ("us-gov-west-1", "console.amazonaws-us-gov.com"),
            ("cn-north-1", "console.amazonaws.cn"),
        ] {
            assert_eq!(page(region, "L-F4DDD3EB").as_deref(), Some(format!("https://{region}.{host}/{path}").as_str()));
        }
    }

    #[test]
    fn nothing_untrusted_gets_into_an_address() {
        let list = quota_page(&"us-east-1".into(), None);
        assert_eq!(
            list.as_deref(),
            Some("https://us-east-1.console.aws.amazon.com/servicequotas/home/services/bedrock/quotas")
        );
        assert_eq!(quota_page(&"us-east-1".into(), Some(&"L-1/../@evil".into())), list);
        assert_eq!(quota_page(&"evil.com/".into(), None), None);
    }
}
