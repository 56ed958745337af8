//! x
use super::super::fixtures::demo;
use super::super::theme::*;
use super::fixtures::*;
#[test]
fn dump() {
    let mut st = with(demo(), throttled());
    for (w, h, ascii, full) in [
        (80, 24, false, false),
        (120, 40, false, false),
        (200, 60, false, false),
        (120, 40, true, false),
        (120, 30, false, true),
    ] {
        for (f, cross) in [(crate::domain::chart::Panel::Use, false), (crate::domain::chart::Panel::Latency, true)] {
            st.view.charts.focus = f;
            st.view.charts.full = full;
            st.view.charts.cross = cross.then(|| crate::ui::fixtures::minute("02:06"));
            let mut t = ratatui::Terminal::new(ratatui::backend::TestBackend::new(w, h)).unwrap();
            t.draw(|fr| crate::ui::draw(fr, &st, &Theme::new(Palette::Dark, ascii))).unwrap();
            let b = t.backend().buffer().clone();
            std::fs::write(
                format!("/tmp/h-ui-{w}-{ascii}-{full}-{cross}.svg"),
                crate::ui::picture::svg(&b, &crate::ui::picture::DARK, "x"),
            )
            .unwrap();
            let mut t = ratatui::Terminal::new(ratatui::backend::TestBackend::new(w, h)).unwrap();
            t.draw(|fr| crate::ui::draw(fr, &st, &Theme::new(Palette::Light, ascii))).unwrap();
            std::fs::write(
                format!("/tmp/h-ui-light-{w}-{ascii}-{full}-{cross}.svg"),
                crate::ui::picture::svg(t.backend().buffer(), &crate::ui::picture::LIGHT, "x"),
            )
            .unwrap();
            for y in 0..h {
                let mut s = String::new();
                for x in 0..w {
                    s.push_str(b[(x, y)].symbol());
                }
                println!("{s}");
            }
        }
    }
}
