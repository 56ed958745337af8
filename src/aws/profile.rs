//! The user's AWS configuration files: which profile is in use, whether it exists, its Region, and how its owner signs in.
//!
//! Read with the SDK's own parser, so that both agree. What the SDK only logs (a file it cannot read, an unknown profile) is an error here.

use std::{error::Error, path::PathBuf};

use aws_config::profile::{ProfileFileLoadError, ProfileSet};
use aws_types::os_shim_internal::{Env, Fs};

use super::connect::ConnectError;

/// The profile's name where none is chosen.
pub(super) const DEFAULT: &str = "default";

/// The variable that chooses a profile.
const PROFILE_VARIABLE: &str = "AWS_PROFILE";

/// The two files: the variable that moves them, and where they are otherwise.
const FILES: [(&str, &str); 2] =
    [("AWS_CONFIG_FILE", ".aws/config"), ("AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials")];

/// Profiles that an error names at most; a sentence is no list.
const NAMED_PROFILES: usize = 12;

/// How a profile's owner gets new credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum SignIn {
    /// `aws sso login`.
    Sso,
    /// `aws login`.
    Login,
    /// Keys, roles, processes, or nothing that we know of.
    #[default]
    Other,
}

/// The files and the profile in use.
#[derive(Debug)]
pub(super) struct Profiles {
    set: ProfileSet,
    /// The profile that an option or a variable names.
    pub(super) chosen: Option<String>,
}

impl Profiles {
    /// Reads the files and checks that the chosen profile exists.
    pub(super) async fn load(fs: &Fs, env: &Env, option: Option<&str>) -> Result<Self, ConnectError> {
        let from_env = env.get(PROFILE_VARIABLE).ok().filter(|name| !name.is_empty());
        let named_by = if option.is_some() { "--profile" } else { PROFILE_VARIABLE };
        let chosen = option.map(str::to_owned).or(from_env);
        let files = files(env);
        for path in &files {
            readable(fs, path).await?;
        }
        let selected = chosen.clone().map(Into::into);
        #[expect(clippy::default_trait_access, reason = "the name that aws-config gives the type is deprecated")]
        let usual = Default::default();
        let set = aws_config::profile::load(fs, env, &usual, selected).await.map_err(|error| broken(&error))?;
        let profiles = Self { set, chosen };
        match &profiles.chosen {
            // `default` may be chosen without being written down: variables or a role can stand in for it.
            Some(name) if name != DEFAULT && profiles.set.get_profile(name).is_none() => {
                Err(ConnectError::UnknownProfile { name: name.clone(), named_by, known: profiles.known(&files) })
            }
            _ => Ok(profiles),
        }
    }

    /// A setting of the profile in use.
    pub(super) fn get(&self, key: &str) -> Option<&str> {
        self.set.get(key)
    }

    /// The name of the profile in use.
    pub(super) fn name(&self) -> &str {
        self.set.selected_profile()
    }

    /// The Region of the profile in use, else of the profile that it takes its credentials from, as the SDK looks for it.
    pub(super) fn region(&self) -> Option<&str> {
        let mut seen = vec![self.set.selected_profile()];
        loop {
            let profile = self.set.get_profile(seen.last()?)?;
            if let Some(region) = profile.get("region") {
                return Some(region);
            }
            let source = profile.get("source_profile").filter(|source| !seen.contains(source))?;
            seen.push(source);
        }
    }

    /// How the owner of the profile in use signs in.
    pub(super) fn sign_in(&self) -> SignIn {
        let mut seen = vec![self.set.selected_profile()];
        while let Some(profile) = seen.last().and_then(|name| self.set.get_profile(name)) {
            if profile.get("sso_session").or(profile.get("sso_start_url")).is_some() {
                return SignIn::Sso;
            }
            if profile.get("login_session").is_some() {
                return SignIn::Login;
            }
            match profile.get("source_profile").filter(|source| !seen.contains(source)) {
                Some(source) => seen.push(source),
                None => break,
            }
        }
        SignIn::Other
    }

    /// `known profiles are a, b and 3 more`, or where they were looked for.
    fn known(&self, files: &[PathBuf]) -> String {
        let mut names: Vec<&str> = self.set.profiles().collect();
        names.sort_unstable();
        if names.is_empty() {
            let files: Vec<String> = files.iter().map(|path| path.display().to_string()).collect();
            return format!("{} hold no profile", files.join(" and "));
        }
        let more = names.len().saturating_sub(NAMED_PROFILES);
        names.truncate(NAMED_PROFILES);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!("known profiles: {}{more}", names.join(", "))
    }
}

/// The two files' paths, as far as the home folder is known.
fn files(env: &Env) -> Vec<PathBuf> {
    let home = env.get("HOME").or_else(|_| env.get("USERPROFILE")).ok().map(PathBuf::from);
    let path = |(variable, usual): &(&str, &str)| match (env.get(variable).ok(), &home) {
        (Some(path), Some(home)) => {
            Some(path.strip_prefix("~/").map_or_else(|| path.clone().into(), |rest| home.join(rest)))
        }
        (Some(path), None) => Some(path.into()),
        (None, home) => home.as_ref().map(|home| home.join(usual)),
    };
    FILES.iter().filter_map(path).collect()
}

/// A file that is not there is fine; one that is there and cannot be read is not.
async fn readable(fs: &Fs, path: &PathBuf) -> Result<(), ConnectError> {
    match fs.read_to_end(path).await {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(ConnectError::Config { what: format!("{} cannot be read ({error})", path.display()) })
        }
        Ok(text) if std::str::from_utf8(&text).is_err() => {
            Err(ConnectError::Config { what: format!("{} is not UTF-8 text", path.display()) })
        }
        _ => Ok(()),
    }
}

/// The parser's own words name the path and the line; they come on two lines.
fn broken(error: &ProfileFileLoadError) -> ConnectError {
    let text = error.source().map_or_else(|| error.to_string(), ToString::to_string);
    ConnectError::Config { what: text.split_whitespace().collect::<Vec<_>>().join(" ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn load(config: &str, env: &[(&str, &str)], option: Option<&str>) -> Result<Profiles, ConnectError> {
        let env: Vec<_> = env.iter().copied().chain([("HOME", "/home/ana")]).collect();
        let fs = Fs::from_slice(&[("/home/ana/.aws/config", config)]);
        Profiles::load(&fs, &Env::from_slice(&env), option).await
    }

    #[tokio::test]
    async fn an_unknown_profile_is_told_with_the_known_ones() {
        let config = "[default]\nregion = us-east-1\n[profile prod]\nregion = eu-west-1\n";
        let error = load(config, &[], Some("prdo")).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "--profile names `prdo`, which is not in the AWS configuration (known profiles: default, prod); choose one of them or add it with `aws configure --profile prdo`."
        );
        let error = load(config, &[("AWS_PROFILE", "x")], None).await.unwrap_err().to_string();
        assert!(error.starts_with("AWS_PROFILE names `x`"), "{error}");
        let error = load("", &[], Some("x")).await.unwrap_err().to_string();
        assert!(error.contains("/home/ana/.aws/config and /home/ana/.aws/credentials hold no profile"), "{error}");
    }

    #[tokio::test]
    async fn the_option_wins_over_the_variable_and_the_default_needs_no_entry() {
        let config = "[profile a]\n[profile b]\n";
        let profiles = load(config, &[("AWS_PROFILE", "a")], Some("b")).await.unwrap();
        assert_eq!((profiles.name(), profiles.chosen.as_deref()), ("b", Some("b")));
        let profiles = load("", &[], None).await.unwrap();
        assert_eq!((profiles.name(), profiles.chosen.as_deref()), ("default", None));
        assert!(load("", &[("AWS_PROFILE", "default")], None).await.is_ok());
    }

    #[tokio::test]
    async fn a_broken_file_is_told_with_path_and_line() {
        let error = load("[default]\nregion\n", &[], None).await.unwrap_err().to_string();
        assert!(error.contains("/home/ana/.aws/config on line 2"), "{error}");
        assert!(!error.contains('\n'), "{error}");
    }

    #[tokio::test]
    async fn region_and_sign_in_follow_the_source_profile() {
        let config = "[profile role]\nsource_profile = base\n[profile base]\nregion = eu-west-1\nsso_session = corp\n\
                      [profile loop]\nsource_profile = loop\n[profile web]\nlogin_session = arn\n";
        let role = load(config, &[], Some("role")).await.unwrap();
        assert_eq!((role.region(), role.sign_in()), (Some("eu-west-1"), SignIn::Sso));
        let around = load(config, &[], Some("loop")).await.unwrap();
        assert_eq!((around.region(), around.sign_in()), (None, SignIn::Other));
        assert_eq!(load(config, &[], Some("web")).await.unwrap().sign_in(), SignIn::Login);
    }
}
