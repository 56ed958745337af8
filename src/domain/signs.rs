//! Signs that a row's quota or its burndown multiplier is the wrong one. A sign is a contradiction of numbers, never a verdict.

/// What contradicts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Sign {
    /// More was used than the quota allows, and nothing was refused: percent of the quota at the peak.
    UsedAboveLimit(f64),
    /// Calls were refused while the use was far below the quota: percent of the quota in the worst minute.
    RefusedFarBelow(f64),
    /// AWS's estimate differs from the formula with the table's multiplier, by so many percent of the formula.
    EstimateDiffers(f64),
}
