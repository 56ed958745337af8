//! A test call: what is asked ([`plan`]), what comes back piece by piece ([`event`]), what is known of the answer at any time ([`answer`]), what it costs
//! ([`bill`]) and what an error of it means ([`meaning`]). Pure: times are given in, in milliseconds since the call was sent.

pub mod answer;
pub mod bill;
pub mod event;
pub mod meaning;
pub mod plan;

#[cfg(test)]
mod tests;
