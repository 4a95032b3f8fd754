//! A question that a conversation goes through, as whoever shows it, exports it or goes on from it sees it: with all
//! its answers, of which one stands or none does yet.

use super::transcript::Answer;

/// A question that the conversation goes through, with all its answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange<'t> {
    /// The words. Untrusted.
    pub question: &'t str,
    /// When it was asked, RFC 3339. Untrusted.
    pub at: &'t str,
    /// Its answers, oldest first. One that was gone on with is not among them, unless the conversation went on from it.
    pub answers: Vec<&'t Answer>,
    /// Which of them stands. `None`: the question is open.
    pub standing: Option<usize>,
    /// Which of them stands once nobody waits for another answer: the same, where one stands.
    pub fallback: Option<usize>,
    /// It is to stay in the prompt.
    pub is_pinned: bool,
}

impl<'t> Exchange<'t> {
    /// The answer that stands. `None`: the question is open.
    #[must_use]
    pub fn answer(&self) -> Option<&'t Answer> {
        self.answers.get(self.standing?).copied()
    }

    /// The answers that do not stand, oldest first.
    pub fn others(&self) -> impl Iterator<Item = &'t Answer> {
        let others = self.answers.iter().enumerate().filter(|(i, _)| Some(*i) != self.standing);
        others.map(|(_, answer)| *answer)
    }
}
