//! The four kinds of failure: one question at each border, "what should the other side do?".

/// What a failure asks of whoever meets it. Clinical uncertainty is not a fault but a
/// [`Doubt`](crate::assessment::Doubt).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The other side sent what we cannot take: park it and tell a human.
    Refused,
    /// A limit of ours is reached: wait, then again.
    Exhausted,
    /// What we need is away: again with backoff, bounded.
    Unavailable,
    /// We are wrong: stop and keep the evidence.
    Defect,
}

impl Fault {
    /// Whether the same work may succeed later without anybody changing anything.
    pub fn is_transient(self) -> bool {
        matches!(self, Fault::Exhausted | Fault::Unavailable)
    }

    /// The word used in logs, files and columns.
    pub fn as_str(self) -> &'static str {
        match self {
            Fault::Refused => "refused",
            Fault::Exhausted => "exhausted",
            Fault::Unavailable => "unavailable",
            Fault::Defect => "defect",
        }
    }
}
