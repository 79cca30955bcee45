//! Entries of steering about documents: directives, resolutions, plans, reports.

use serde::{Deserialize, Serialize};

use crate::access::Permission;
use crate::journal::Published;
use crate::territory::AreaId;
use crate::{Day, Id};

kinds!(DocumentRegistered, DocumentWithdrawn);

crate::closed_list! {
    /// The system to which a document belongs. More may come.
    pub enum DocumentSystem {
        /// Văn bản của Đảng.
        Party,
        /// Văn bản của cơ quan nhà nước.
        State,
        /// Văn bản của công đoàn.
        Union,
        /// Văn bản của Đoàn TNCS Hồ Chí Minh.
        YouthUnion,
        /// Văn bản của cơ quan, tổ chức khác.
        Other,
    }
}

crate::closed_list! {
    /// What kind of paper a document is. More may come.
    pub enum DocumentType {
        /// Nghị quyết.
        Resolution,
        /// Quyết định.
        Decision,
        /// Chỉ thị.
        Directive,
        /// Kết luận.
        Conclusion,
        /// Quy chế.
        Regulation,
        /// Quy định.
        Provision,
        /// Thông tri.
        PartyCircular,
        /// Hướng dẫn.
        Guidance,
        /// Thông báo.
        Notice,
        /// Kế hoạch.
        Plan,
        /// Chương trình.
        Programme,
        /// Đề án.
        Scheme,
        /// Phương án.
        Arrangement,
        /// Báo cáo.
        Report,
        /// Tờ trình.
        Submission,
        /// Công văn.
        Letter,
        /// Biên bản.
        Minutes,
        /// Điều lệ.
        Statutes,
        /// Luật, bộ luật.
        Law,
        /// Pháp lệnh.
        Ordinance,
        /// Nghị định.
        Decree,
        /// Thông tư, kể cả thông tư liên tịch.
        Circular,
        /// Loại khác.
        Other,
    }
}

crate::closed_list! {
    /// How a document relates to an earlier one. More may come.
    pub enum RelationKind {
        /// Căn cứ: it names the other one as its basis.
        RestsOn,
        /// Triển khai, cụ thể hóa: it carries the other one out.
        Implements,
        /// Sửa đổi, bổ sung: it changes parts of the other one.
        Amends,
        /// Thay thế: from the day on which it takes effect, it stands in the place of the other one.
        Replaces,
        /// Bãi bỏ: from the day on which it takes effect, the other one is in force no more.
        Repeals,
    }
}

/// How a document relates to an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RelatedDocument {
    /// How. More may come.
    pub relation: RelationKind,
    /// The earlier document.
    pub document: Id,
}

/// A document. Its number, its abstract and its signer's office are not in it: steering answers those, within the caller's scope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct DocumentState {
    /// The document.
    pub document: Id,
    /// The system to which it belongs. More may come.
    pub system: DocumentSystem,
    /// What kind of paper it is. More may come.
    #[serde(rename = "type")]
    pub document_type: DocumentType,
    /// The area for which it is kept.
    pub area: AreaId,
    /// The steering committee or support team that issued it; null where another body did.
    pub issuing_body: Option<Id>,
    /// The day of issue.
    pub issued_on: Day,
    /// The documents to which it relates.
    pub relations: Vec<RelatedDocument>,
}

/// A document was registered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(transparent)]
pub struct DocumentRegistered(pub DocumentState);

/// A document that should never have been registered was withdrawn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(transparent)]
pub struct DocumentWithdrawn(pub DocumentState);

impl Published for DocumentRegistered {
    const KIND: &'static str = "document.registered";
    const V: i32 = 1;
    const READ: Permission = Permission::ReadSteering;
}

impl Published for DocumentWithdrawn {
    const KIND: &'static str = "document.withdrawn";
    const V: i32 = 1;
    const READ: Permission = Permission::ReadSteering;
}
