//! An AWS-compatible simulated account. Shares no code with `aws` or `domain`, so that a shared mistake cannot cancel out.

pub mod faults;
pub mod scenario;
pub mod world;
