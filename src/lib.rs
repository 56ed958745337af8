//! tiertop: `top` for Amazon Bedrock's service tiers and quotas.

pub mod app;
pub mod domain;
pub mod runtime;
pub mod sim;
pub mod ui;
