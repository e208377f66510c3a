//! The figures that a load run prints.

use super::Ran;

/// One summary block, and the lines below it.
#[derive(Debug)]
pub struct Figures(Vec<(String, String)>);

impl Figures {
    /// The only summary of a run.
    #[track_caller]
    pub fn of(ran: &Ran) -> Figures {
        let mut all = Figures::all(ran);
        assert_eq!(all.len(), 1, "summaries in {ran:#?}");
        all.remove(0)
    }

    /// All summaries of a run, in order.
    pub fn all(ran: &Ran) -> Vec<Figures> {
        let blocks = ran.stdout.split("=== PERFORMANCE SUMMARY ===\n").skip(1);
        let pairs = |block: &str| {
            let lines = block.lines().take_while(|line| !line.starts_with("TEST RESULT") && !line.starts_with('{'));
            lines
                .filter_map(|line| line.split_once(": "))
                .map(|(name, text)| (name.to_owned(), text.to_owned()))
                .collect()
        };
        blocks.map(|block| Figures(pairs(block))).collect()
    }

    /// What stands after a name, if it is there.
    pub fn find(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(have, _)| have == name).map(|(_, text)| text.as_str())
    }

    /// What stands after a name.
    #[track_caller]
    pub fn text(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(have, _)| have == name);
        found.map_or_else(|| panic!("no {name} in {self:#?}"), |(_, text)| text)
    }

    /// A number.
    #[track_caller]
    pub fn number(&self, name: &str) -> f64 {
        self.text(name).parse().unwrap_or_else(|_| panic!("{name} is no number in {self:#?}"))
    }

    /// `total`, `passed`, `failed`, `total_retries`.
    #[track_caller]
    pub fn counts(&self) -> [f64; 4] {
        ["total", "passed", "failed", "total_retries"].map(|name| self.number(name))
    }
}
