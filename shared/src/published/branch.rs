//! The branches.

crate::closed_list! {
    /// A system of organisations of its own (hệ thống tổ chức). More may come.
    pub enum Branch {
        /// The Party.
        Party,
        /// The trade union.
        Union,
    }
}
