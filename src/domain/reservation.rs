//! The reservation of a call: what it holds of a tokens-per-minute quota from its start to its end, and what that means for calls at once.
