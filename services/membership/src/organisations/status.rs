//! What may become of an organisation.

shared::closed_list! {
    /// The status of an organisation. More may come.
    pub enum OrganisationStatus {
        /// It exists.
        Active,
        /// It ended.
        Dissolved,
        /// No act of it counts any more.
        Withdrawn,
    }
}
