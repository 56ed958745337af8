//! What leaves the program for other programs: versioned types of its own, so that a change inside never changes the contract by accident.

pub mod call;
pub mod doctor;
mod parts;
pub mod quotas;
pub mod snapshot;
pub mod tiers;
