//! `tiertop iam-policy`: the smallest policy for what tiertop does, for whoever gives permissions.

use clap::Args;

use crate::{
    domain::permissions,
    runtime::{Outcome, Problem},
};

#[derive(Debug, Args)]
#[command(
    after_help = "For example:\n  tiertop iam-policy > tiertop.json\n  aws iam create-policy --policy-name tiertop --policy-document file://tiertop.json\n\nsts:GetCallerIdentity is called, too, and needs no permission."
)]
pub(super) struct IamPolicy {
    /// Also what test calls to models need; these cost money. The first call of a model that is sold on AWS Marketplace needs aws-marketplace:Subscribe besides
    #[arg(long)]
    with_prompt: bool,
}

impl IamPolicy {
    pub(super) fn run(&self) -> Result<Outcome, Problem> {
        super::print(&super::pretty(&permissions::policy(self.with_prompt))?)?;
        Ok(Outcome::Done)
    }
}
