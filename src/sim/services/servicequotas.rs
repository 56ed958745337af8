//! Service Quotas: applied and default values, increases and their history.

use super::{Account, Increase, page};
use crate::sim::wire::token::mix;
use crate::sim::wire::value::Value;
use crate::sim::wire::{Fault, Request, Response};
use crate::sim::world::Quota;

const SERVICES: [(&str, &str); 4] = [
    ("bedrock", "Amazon Bedrock"),
    ("ec2", "Amazon Elastic Compute Cloud (Amazon EC2)"),
    ("lambda", "AWS Lambda"),
    ("monitoring", "Amazon CloudWatch"),
];
const MAX_OPEN: usize = 20;
/// Seconds that the history of requests reaches back: 90 days.
const HISTORY: i64 = 90 * 86_400;

/// Answers a request; None for an unknown operation.
pub fn handle(account: &mut Account<'_>, now: i64, request: &Request) -> Option<Response> {
    Some(match request.operation.as_str() {
        "ListServiceQuotas" => list(account, request, false),
        "ListAWSDefaultServiceQuotas" => list(account, request, true),
        "GetServiceQuota" => get(account, request, false),
        "GetAWSDefaultServiceQuota" => get(account, request, true),
        "ListServices" => services(request),
        "RequestServiceQuotaIncrease" => increase(account, now, request),
        "ListRequestedServiceQuotaChangeHistory" => history(account, now, request, false),
        "ListRequestedServiceQuotaChangeHistoryByQuota" => history(account, now, request, true),
        _ => return None,
    })
}

fn illegal(text: impl Into<String>) -> Fault {
    Fault::new(400, "IllegalArgumentException", text)
}

fn no_such(text: impl Into<String>) -> Fault {
    Fault::new(400, "NoSuchResourceException", text)
}

fn bad_token() -> Fault {
    Fault::new(400, "InvalidPaginationTokenException", "Invalid pagination token.")
}

fn required<'a>(request: &'a Request, name: &str) -> Result<&'a str, Fault> {
    request.input.text(name).filter(|text| !text.is_empty()).ok_or_else(|| {
        let mut member = name.to_owned();
        member[..1].make_ascii_lowercase();
        illegal(format!(
            "1 validation error detected: Value null at '{member}' failed to satisfy constraint: Member must not be null"
        ))
    })
}

fn known_service(request: &Request) -> Result<&str, Fault> {
    let code = required(request, "ServiceCode")?;
    if SERVICES.iter().any(|(known, _)| *known == code) {
        Ok(code)
    } else {
        Err(no_such("The request failed because the specified service does not exist."))
    }
}

fn page_size(request: &Request) -> Result<usize, Fault> {
    match request.input.get("MaxResults").map(|_| request.input.int("MaxResults")) {
        None => Ok(100),
        Some(Some(size @ 1..=100)) => Ok(usize::try_from(size).unwrap_or(100)),
        Some(_) => Err(illegal(
            "1 validation error detected: Value at 'maxResults' failed to satisfy constraint: \
             Member must have value between 1 and 100",
        )),
    }
}

fn list(account: &Account<'_>, request: &Request, defaults: bool) -> Response {
    let code = known_service(request)?;
    let size = page_size(request)?;
    let wanted = request.input.text("QuotaCode");
    let quotas: Vec<&Quota> = if code == "bedrock" {
        let all = account.world.quotas().iter();
        all.filter(|q| (defaults || q.applied.is_some()) && wanted.is_none_or(|code| q.code == code)).collect()
    } else {
        Vec::new()
    };
    let filters = format!("{code} {wanted:?}");
    let token = request.input.text("NextToken");
    let (quotas, next) = page(&quotas, size, &request.operation, &filters, token).ok_or_else(bad_token)?;
    let region = account.region(request);
    let quotas = quotas.iter().map(|quota| show(account, &region, quota, defaults));
    Ok(Value::members([("NextToken", next.into()), ("Quotas", Value::List(quotas.collect()))]).into())
}

fn find<'a>(account: &'a Account<'_>, request: &Request) -> Result<&'a Quota, Fault> {
    let service = known_service(request)?;
    let code = required(request, "QuotaCode")?;
    let found = account.world.quotas().iter().find(|quota| service == "bedrock" && quota.code == code);
    found.ok_or_else(|| {
        no_such(format!("The request failed because the specified quota does not exist: {service}/{code}."))
    })
}

fn get(account: &Account<'_>, request: &Request, default: bool) -> Response {
    let quota = find(account, request)?;
    if !default && quota.applied.is_none() {
        return Err(no_such("The request failed because the specified quota has no applied value."));
    }
    Ok(Value::members([("Quota", show(account, &account.region(request), quota, default))]).into())
}

fn show(account: &Account<'_>, region: &str, quota: &Quota, default: bool) -> Value {
    let owner = if default { "" } else { account.world.account() };
    let value = if default { quota.default } else { quota.applied.unwrap_or(quota.default) };
    let reason = quota
        .error_reason
        .as_ref()
        .filter(|_| !default)
        .map(|(code, message)| Value::members([("ErrorCode", code.into()), ("ErrorMessage", message.into())]));
    let level = if default { Value::Null } else { "ACCOUNT".into() };
    let description: String = quota.description.chars().take(350).collect();
    Value::members([
        ("ServiceCode", "bedrock".into()),
        ("ServiceName", "Amazon Bedrock".into()),
        ("QuotaArn", arn(region, owner, &quota.code).into()),
        ("QuotaCode", (&quota.code).into()),
        ("QuotaName", (&quota.name).into()),
        ("Value", value.into()),
        ("Unit", "None".into()),
        ("Adjustable", quota.adjustable.into()),
        ("GlobalQuota", false.into()),
        ("ErrorReason", reason.into()),
        ("QuotaAppliedAtLevel", level),
        ("Description", if description.is_empty() { Value::Null } else { description.into() }),
    ])
}

fn arn(region: &str, owner: &str, code: &str) -> String {
    format!("arn:aws:servicequotas:{region}:{owner}:bedrock/{code}")
}

fn services(request: &Request) -> Response {
    let token = request.input.text("NextToken");
    let (services, next) = page(&SERVICES, page_size(request)?, &request.operation, "", token).ok_or_else(bad_token)?;
    let services = services
        .iter()
        .map(|(code, name)| Value::members([("ServiceCode", (*code).into()), ("ServiceName", (*name).into())]));
    Ok(Value::members([("NextToken", next.into()), ("Services", Value::List(services.collect()))]).into())
}

fn increase(account: &mut Account<'_>, now: i64, request: &Request) -> Response {
    let region = account.region(request);
    let quota = find(account, request)?;
    let desired = request.input.number("DesiredValue").ok_or_else(|| {
        illegal("1 validation error detected: Value null at 'desiredValue' failed to satisfy constraint: Member must not be null")
    })?;
    if !(0.0..=1e10).contains(&desired) {
        return Err(illegal("The desired value must be between 0 and 10000000000."));
    }
    if !quota.adjustable {
        return Err(illegal(format!("The quota {} is not adjustable.", quota.code)));
    }
    if desired < quota.default {
        return Err(illegal("You must provide a quota value greater than or equal to the default quota value."));
    }
    if quota.applied.is_some_and(|applied| desired <= applied) {
        return Err(illegal("You must provide a quota value greater than the current quota value."));
    }
    let all = asked(account, now);
    let mine = || all.iter().filter(|asked| asked.region == region && asked.is_open());
    if mine().any(|open| open.code == quota.code) {
        let text = "Only one open service quota increase request is allowed per quota.";
        return Err(Fault::new(400, "ResourceAlreadyExistsException", text));
    }
    if mine().count() >= MAX_OPEN {
        let text = "You have exceeded the number of open quota increase requests for this account.";
        return Err(Fault::new(400, "QuotaExceededException", text));
    }
    let id = mix(&[region.as_bytes(), quota.code.as_bytes(), &now.to_be_bytes()]);
    let asked = Increase {
        id: format!("{id:016x}{:016x}SimTop01", mix(&[&id.to_be_bytes()])),
        region,
        code: quota.code.clone(),
        name: quota.name.clone(),
        desired,
        created: now,
        updated: now,
        status: "PENDING".into(),
        case: None,
    };
    let shown = show_increase(account, &asked);
    // Support looks at it: from now on it has a case.
    account.increases.push(Increase { status: "CASE_OPENED".into(), case: Some(case(id)), ..asked });
    Ok(Value::members([("RequestedQuota", shown)]).into())
}

/// A case's number: fifteen digits.
fn case(id: u64) -> String {
    format!("1{:014}", id % 100_000_000_000_000)
}

/// Every request in the history: the scenario's from before the start, and those of this run, oldest first.
fn asked(account: &Account<'_>, now: i64) -> Vec<Increase> {
    let world = &account.world;
    #[expect(clippy::cast_possible_truncation, reason = "seconds of days")]
    let ago = |days: f64| world.origin() - (days * 86_400.0) as i64;
    let past = world.scenario().requests.iter().map(|past| {
        let id = mix(&[past.quota.as_bytes(), past.status.as_bytes(), &past.days_ago.to_be_bytes()]);
        let name = world.quotas().iter().find(|quota| quota.code == past.quota).map(|quota| quota.name.clone());
        Increase {
            id: format!("{id:016x}{:016x}SimTop00", mix(&[&id.to_be_bytes()])),
            region: world.region().to_owned(),
            code: past.quota.clone(),
            name: name.unwrap_or_default(),
            desired: past.desired,
            created: ago(past.days_ago),
            updated: ago(past.changed_days_ago.unwrap_or(past.days_ago)),
            status: past.status.clone(),
            case: past.case.clone(),
        }
    });
    let mut all: Vec<Increase> = past.chain(account.increases.iter().cloned()).collect();
    all.retain(|asked| asked.created > now - HISTORY);
    all.sort_by_key(|asked| asked.created);
    all
}

fn show_increase(account: &Account<'_>, asked: &Increase) -> Value {
    Value::members([
        ("Id", (&asked.id).into()),
        ("ServiceCode", "bedrock".into()),
        ("ServiceName", "Amazon Bedrock".into()),
        ("QuotaCode", (&asked.code).into()),
        ("QuotaName", (&asked.name).into()),
        ("DesiredValue", asked.desired.into()),
        ("Status", (&asked.status).into()),
        ("CaseId", asked.case.as_ref().into()),
        ("Created", Value::Time(asked.created)),
        ("LastUpdated", Value::Time(asked.updated)),
        ("Requester", format!("{{\"accountId\":\"{}\"}}", account.world.account()).into()),
        ("QuotaArn", arn(&asked.region, account.world.account(), &asked.code).into()),
        ("GlobalQuota", false.into()),
        ("Unit", "None".into()),
        ("QuotaRequestedAtLevel", "ACCOUNT".into()),
    ])
}

fn history(account: &Account<'_>, now: i64, request: &Request, by_quota: bool) -> Response {
    let code = if by_quota || request.input.get("ServiceCode").is_some() { known_service(request)? } else { "bedrock" };
    let quota = if by_quota { Some(required(request, "QuotaCode")?) } else { None };
    let status = request.input.text("Status");
    let region = account.region(request);
    let all = asked(account, now);
    let asked: Vec<&Increase> = all
        .iter()
        .rev()
        .filter(|asked| code == "bedrock" && asked.region == region)
        .filter(|asked| quota.is_none_or(|code| asked.code == code))
        .filter(|asked| status.is_none_or(|status| status == asked.status))
        .collect();
    let filters = format!("{code} {quota:?} {status:?}");
    let token = request.input.text("NextToken");
    let (asked, next) = page(&asked, page_size(request)?, &request.operation, &filters, token).ok_or_else(bad_token)?;
    let asked = asked.iter().map(|asked| show_increase(account, asked));
    Ok(Value::members([("NextToken", next.into()), ("RequestedQuotas", Value::List(asked.collect()))]).into())
}
