//! tiertop: `top` for Amazon Bedrock's service tiers and quotas.

pub mod domain;
pub mod sim;
