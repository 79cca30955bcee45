//! The closed lists of words about economic units.

use chrono::NaiveDate;
use shared::validate::{Faults, Wrong};
use shared::{Code, Error, Result};
use strum::VariantNames;

shared::closed_list! {
    /// The legal form of a unit.
    pub enum LegalForm {
        /// Doanh nghiệp tư nhân.
        SoleProprietorship,
        /// Công ty TNHH một thành viên.
        LlcSingleMember,
        /// Công ty TNHH hai thành viên trở lên.
        LlcMultiMember,
        /// Công ty cổ phần.
        JointStockCompany,
        /// Công ty hợp danh.
        Partnership,
        /// Hợp tác xã.
        Cooperative,
        /// Liên hiệp hợp tác xã.
        CooperativeUnion,
        /// Hộ kinh doanh.
        HouseholdBusiness,
        /// Đơn vị sự nghiệp ngoài công lập.
        NonPublicServiceUnit,
        /// Khác.
        Other,
    }
}

shared::closed_list! {
    /// The legal status of a unit: seven values (Decree 168/2025/NĐ-CP, Article 35).
    pub enum Status {
        /// Đang hoạt động.
        Active,
        /// Tạm ngừng kinh doanh.
        Suspended,
        /// Không hoạt động tại địa chỉ đã đăng ký.
        NotAtRegisteredAddress,
        /// Bị thu hồi do cưỡng chế về quản lý thuế.
        RevokedTaxEnforcement,
        /// Đang làm thủ tục giải thể, đã bị chia, bị hợp nhất, bị sáp nhập.
        DissolvingOrReorganised,
        /// Đang làm thủ tục phá sản.
        InBankruptcy,
        /// Đã giải thể, phá sản, chấm dứt tồn tại.
        Terminated,
        /// Ghi nhầm: the registration was taken back. It is no legal status.
        Withdrawn,
    }
}

impl Status {
    /// The seven legal statuses.
    pub(super) fn legal() -> Vec<&'static str> {
        let withdrawn: &'static str = Self::Withdrawn.into();
        Self::VARIANTS.iter().copied().filter(|status| *status != withdrawn).collect()
    }

    /// Checks a change of status: another one, and none after the end.
    ///
    /// # Errors
    /// `status_unchanged`, or `economic_unit_ended`.
    pub fn change_to(self, next: Self, ended_on: NaiveDate) -> Result<()> {
        if self == next {
            return Err(Error::new(Code::StatusUnchanged));
        }
        if self == Self::Terminated {
            let mut faults = Faults::new();
            faults.add("/status", Wrong::new(Code::EconomicUnitEnded).with("day", ended_on));
            faults.finish()?;
        }
        Ok(())
    }
}
