//! Names of things, one type each, so that an ARN is never taken for an id. All are untrusted text: the screen cleans them before they are drawn.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};

macro_rules! text_id {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The text as AWS writes it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl<T: AsRef<str>> From<T> for $name {
            fn from(text: T) -> Self {
                Self(Arc::from(text.as_ref()))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

text_id! {
    /// An AWS Region, for example `us-east-1`.
    Region;
    /// An AWS account, twelve digits.
    AccountId;
    /// An Amazon Resource Name.
    Arn;
    /// A foundation model's id, for example `anthropic.claude-sonnet-4-5-20250929-v1:0`.
    ModelId;
    /// What a caller puts into `modelId`: a model id, a system profile's id, an application profile's short id. CloudWatch's `ModelId` (or mantle's `Model`) dimension names it.
    EndpointId;
    /// Who shares a quota: the id of the model or system profile that owns it.
    PoolId;
    /// A Service Quotas code, for example `L-F4DDD3EB`.
    QuotaCode;
}

impl Region {
    /// A Region of this name; None where it is fit for no host name, which a Region becomes part of.
    #[must_use]
    pub fn named(text: &str) -> Option<Self> {
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let label = !text.is_empty() && text.len() <= 63 && !text.starts_with('-') && !text.ends_with('-');
        (label && text.chars().all(fits)).then(|| Self::from(text))
    }
}

impl Arn {
    /// What follows the last `/`: a model id, a profile id, an application profile's short id.
    #[must_use]
    pub fn last_segment(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }
}
