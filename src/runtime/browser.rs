//! Opening an address in the user's browser, where there is one to see.

/// Whether a browser would open where the user sits: not over SSH, and on Unix only with a display.
#[must_use]
pub(super) fn is_at_hand(variable: impl Fn(&str) -> bool) -> bool {
    let remote = variable("SSH_CONNECTION") || variable("SSH_TTY");
    let display = ["DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME"].into_iter().any(variable);
    !remote && (display || cfg!(not(all(unix, not(target_os = "macos")))))
}

/// Opens it; the browser lives on by itself.
pub(super) fn open(address: &str) -> std::io::Result<()> {
    open::that_detached(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn a_browser_needs_a_display_here() {
        let with = |set: &'static [&'static str]| is_at_hand(|name| set.contains(&name));
        assert!(with(&["DISPLAY"]) && with(&["WAYLAND_DISPLAY"]) && with(&["WSL_DISTRO_NAME"]));
        assert!(!with(&[]) && !with(&["DISPLAY", "SSH_CONNECTION"]) && !with(&["WAYLAND_DISPLAY", "SSH_TTY"]));
    }
}
