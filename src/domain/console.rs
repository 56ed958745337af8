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
    let (region, host) = (region.as_str(), host(region)?);
    let list = format!("https://{region}.{host}/servicequotas/home/services/bedrock/quotas");
    Some(match code.map(QuotaCode::as_str).filter(|code| is_name(code)) {
        Some(code) => format!("{list}/{code}"),
        None => list,
    })
}

/// Where a support case for a higher limit is opened: what is left where Service Quotas takes no request. None where the Region's name can't be a Region's.
#[must_use]
pub fn support_case(region: &Region) -> Option<String> {
    Some(format!("https://{}/support/home#/case/create?issueType=service-limit-increase", host(region)?))
}

/// Where Bedrock's models are looked at and asked for; None where the Region's name can't be part of an address.
#[must_use]
pub fn model_catalog(region: &Region) -> Option<String> {
    let (region, host) = (region.as_str(), host(region)?);
    Some(format!("https://{region}.{host}/bedrock/home?region={region}#/model-catalog"))
}

/// The console's host in a Region's partition, without the Region; None where the Region's name can't be part of an address.
fn host(region: &Region) -> Option<&'static str> {
    let region = Some(region.as_str()).filter(|region| is_name(region))?;
    PARTITIONS.into_iter().find(|(begins, _)| region.starts_with(begins)).map(|(_, host)| host)
}

/// Whether a text may be part of an address, or a word of a shell's command.
pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty() && !text.starts_with('-') && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
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
    fn cases_are_opened_in_the_region_s_partition() {
        let page = |region: &str| support_case(&region.into());
        assert_eq!(
            page("us-east-1").as_deref(),
            Some("https://console.aws.amazon.com/support/home#/case/create?issueType=service-limit-increase")
        );
        assert!(page("us-gov-west-1").is_some_and(|page| page.starts_with("https://console.amazonaws-us-gov.com/")));
        assert_eq!(page("evil.com/"), None);
        assert_eq!(
            model_catalog(&"us-east-1".into()).as_deref(),
            Some("https://us-east-1.console.aws.amazon.com/bedrock/home?region=us-east-1#/model-catalog")
        );
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
