//! What an error names: models, ARNs, the IAM action and who was refused it, what kind of policy said no.

use super::plain::short;

/// ARNs that are kept of one text.
const ARNS_AT_MOST: usize = 8;

/// Characters of a name that are kept: an ARN may have 2,048, those of Bedrock have far fewer.
const NAME_AT_MOST: usize = 300;

/// How providers begin model ids, as `ListFoundationModels` gave them (2026-11-22).
const PROVIDERS: [&str; 22] = [
    "ai21",
    "amazon",
    "anthropic",
    "cohere",
    "deepseek",
    "google",
    "luma",
    "meta",
    "minimax",
    "mistral",
    "moonshot",
    "moonshotai",
    "nvidia",
    "openai",
    "qwen",
    "stability",
    "twelvelabs",
    "writer",
    "xai",
    "zai",
    "ibm",
    "arcee",
];

/// Services whose IAM actions errors of Bedrock name.
const SERVICES: [&str; 9] =
    ["bedrock", "bedrock-mantle", "aws-marketplace", "servicequotas", "cloudwatch", "sts", "kms", "s3", "iam"];

/// An Amazon Resource Name taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The whole.
    pub arn: String,
    /// Its Region; empty where it has none, as the models behind a global profile.
    pub region: String,
    /// What it names: `foundation-model/…`, `inference-profile/…`.
    pub resource: String,
}

impl Named {
    /// Its parts; None where it is no ARN.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        if parts.next() != Some("arn") {
            return None;
        }
        let (_partition, _service, region) = (parts.next()?, parts.next()?, parts.next()?);
        let (_account, resource) = (parts.next()?, parts.next()?);
        Some(Self { arn: text.to_owned(), region: region.to_owned(), resource: resource.to_owned() })
    }

    /// The model or profile id that it names; None for other resources.
    #[must_use]
    pub fn callable(&self) -> Option<&str> {
        let (kind, id) = self.resource.split_once('/')?;
        matches!(kind, "foundation-model" | "inference-profile" | "application-inference-profile").then_some(id)
    }

    /// Whether it is a foundation model: what a profile's calls end at.
    #[must_use]
    pub fn is_model(&self) -> bool {
        self.resource.starts_with("foundation-model/")
    }
}

/// What kind of policy said no, as AWS words it at the end of a denial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeniedBy {
    /// A service control policy of the organisation.
    ServiceControlPolicy,
    /// A resource control policy of the organisation.
    ResourceControlPolicy,
    /// A permissions boundary.
    PermissionsBoundary,
    /// A session policy.
    SessionPolicy,
    /// The policy of a VPC endpoint.
    EndpointPolicy,
    /// A policy of the caller says no.
    IdentityPolicy,
    /// No policy of the caller says yes.
    NothingAllows,
}

impl DeniedBy {
    /// In the order in which a text is looked through: the words of the later ones stand in texts of the earlier ones, too.
    const WORDS: [(&'static str, Self); 7] = [
        ("service control policy", Self::ServiceControlPolicy),
        ("resource control policy", Self::ResourceControlPolicy),
        ("permissions boundary", Self::PermissionsBoundary),
        ("session policy", Self::SessionPolicy),
        ("vpc endpoint policy", Self::EndpointPolicy),
        ("explicit deny in an identity-based policy", Self::IdentityPolicy),
        ("no identity-based policy allows", Self::NothingAllows),
    ];

    /// As a part of a sentence: `a service control policy of the organisation`.
    #[must_use]
    pub fn in_words(self) -> &'static str {
        match self {
            Self::ServiceControlPolicy => "a service control policy of the organisation denies it",
            Self::ResourceControlPolicy => "a resource control policy of the organisation denies it",
            Self::PermissionsBoundary => "the caller's permissions boundary leaves it out",
            Self::SessionPolicy => "the policy of the caller's session leaves it out",
            Self::EndpointPolicy => "the policy of the VPC endpoint that was used leaves it out",
            Self::IdentityPolicy => "a policy of the caller denies it",
            Self::NothingAllows => "no policy of the caller allows it",
        }
    }

    /// Whether it is the organisation's: nobody in the account can change it.
    #[must_use]
    pub fn is_of_organisation(self) -> bool {
        matches!(self, Self::ServiceControlPolicy | Self::ResourceControlPolicy)
    }
}

/// What a text names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mentioned {
    /// The first model's, profile's or application profile's id; None where none is named.
    pub model: Option<String>,
    /// ARNs, in their order.
    pub arns: Vec<Named>,
    /// The resource of a denial.
    pub resource: Option<Named>,
    /// The IAM action.
    pub action: Option<String>,
    /// Who was refused: an ARN, as AWS writes it.
    pub principal: Option<String>,
    /// What said no.
    pub denied_by: Option<DeniedBy>,
    /// Whether the condition key of service tiers is named.
    pub tier_key: bool,
}

/// Looks through a text: `plain` on one line, `comparable` as texts are compared.
pub(super) fn mentioned(plain: &str, comparable: &str) -> Mentioned {
    let mut found = Mentioned {
        denied_by: denied_by(comparable),
        tier_key: comparable.contains("bedrock:servicetier"),
        resource: following(plain, "on resource: ").and_then(|token| Named::of(&token)),
        principal: following(plain, "User: ").filter(|who| who.starts_with("arn:")),
        action: following(plain, "to perform: ").filter(|token| is_action(token)),
        ..Mentioned::default()
    };
    for token in tokens(plain) {
        look_at(token, &mut found);
    }
    found
}

fn look_at(token: &str, found: &mut Mentioned) {
    if let Some(named) = Named::of(token) {
        if found.model.is_none() {
            found.model = named.callable().map(name);
        }
        if found.arns.len() < ARNS_AT_MOST {
            found.arns.push(Named {
                arn: name(&named.arn),
                region: name(&named.region),
                resource: name(&named.resource),
            });
        }
        return;
    }
    if found.action.is_none() && is_action(token) && !token.eq_ignore_ascii_case("bedrock:servicetier") {
        found.action = Some(name(token));
    }
    if found.model.is_none() {
        // Gateways write their own prefix before a slash.
        let last = token.rsplit('/').next().unwrap_or(token);
        found.model = is_model_id(last).then(|| name(last));
    }
}

fn name(text: &str) -> String {
    short(text, NAME_AT_MOST)
}

fn denied_by(comparable: &str) -> Option<DeniedBy> {
    let said = DeniedBy::WORDS.into_iter().find(|(words, _)| comparable.contains(words));
    said.map(|(_, by)| by)
}

/// Words of a text, without what stands round them.
fn tokens(text: &str) -> impl Iterator<Item = &str> {
    let between = |c: char| {
        c.is_whitespace()
            || matches!(c, '"' | '\'' | '`' | '’' | '‘' | ',' | ';' | '(' | ')' | '[' | ']' | '{' | '}' | '=' | '|')
    };
    text.split(between).map(trimmed).filter(|token| !token.is_empty())
}

fn trimmed(token: &str) -> &str {
    token.trim_matches(|c| matches!(c, '.' | ':' | '!' | '?'))
}

/// The word after these.
fn following(text: &str, words: &str) -> Option<String> {
    let (_, after) = text.split_once(words)?;
    tokens(after).next().map(name)
}

/// `bedrock:InvokeModel`.
fn is_action(token: &str) -> bool {
    let Some((service, operation)) = token.split_once(':') else { return false };
    SERVICES.contains(&service)
        && operation.starts_with(|c: char| c.is_ascii_uppercase())
        && operation.chars().all(|c| c.is_ascii_alphanumeric())
}

/// `anthropic.claude-…`, with or without a profile's prefix.
fn is_model_id(token: &str) -> bool {
    let mut parts = token.split('.');
    let (first, second) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let is_prefix = (2..=6).contains(&first.len()) && first.chars().all(|c| c.is_ascii_lowercase() || c == '-');
    let at = if PROVIDERS.contains(&first) {
        first.len()
    } else if is_prefix && PROVIDERS.contains(&second) {
        first.len() + 1 + second.len()
    } else {
        return false;
    };
    let Some(model) = token[at..].strip_prefix('.') else { return false };
    model.starts_with(|c: char| c.is_ascii_lowercase())
        && model.contains(|c: char| c.is_ascii_digit() || c == '-')
        && model.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '+'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn model_ids_are_told_from_hosts_and_modules() {
        for id in [
            "anthropic.claude-sonnet-4-5-20250929-v1:0",
            "us.anthropic.claude-haiku-4-5",
            "us-gov.anthropic.claude-3-haiku-20240307-v1:0",
            "deepseek.v3.1",
            "openai.gpt-oss-120b-1:0",
            "global.amazon.nova-2-lite-v1:0",
            "zai.glm-4.7",
        ] {
            assert!(is_model_id(id), "{id}");
        }
        for other in [
            "www.anthropic.com",
            "anthropic.com",
            "openai.RateLimitError",
            "amazon.com",
            "us-east-1.amazonaws.com",
            "",
            ".",
            "meta.",
        ] {
            assert!(!is_model_id(other), "{other}");
        }
    }

    #[test]
    fn an_arn_says_its_region_and_what_it_names() {
        let global = Named::of("arn:aws:bedrock:::foundation-model/anthropic.claude-opus-4-6-v1").unwrap();
        assert_eq!((global.region.as_str(), global.callable()), ("", Some("anthropic.claude-opus-4-6-v1")));
        assert!(global.is_model());
        let profile = Named::of("arn:aws:bedrock:us-east-1:111122223333:inference-profile/us.a.b-v1:0").unwrap();
        assert_eq!(
            (profile.region.as_str(), profile.callable(), profile.is_model()),
            ("us-east-1", Some("us.a.b-v1:0"), false)
        );
        assert_eq!(Named::of("arn:aws"), None);
    }
}
