//! tiertop: `top` for Amazon Bedrock's service tiers and quotas.

pub mod app;
pub mod aws;
pub mod domain;
pub mod sim;
pub mod ui;
