//! The ladder of access levels, with GitLab's numbers.

use sea_orm::entity::prelude::*;

/// How much somebody may do in a group or project. The order is that of the numbers; Planner (15) stands on it, but is given by its own rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "i32", db_type = "Integer")]
#[repr(i32)]
pub enum AccessLevel {
    /// 0: no role at all; never stored.
    #[sea_orm(num_value = 0)]
    NoAccess = 0,
    /// 5: listed in a top-level group, opens nothing.
    #[sea_orm(num_value = 5)]
    MinimalAccess = 5,
    /// 10
    #[sea_orm(num_value = 10)]
    Guest = 10,
    /// 15
    #[sea_orm(num_value = 15)]
    Planner = 15,
    /// 20
    #[sea_orm(num_value = 20)]
    Reporter = 20,
    /// 30
    #[sea_orm(num_value = 30)]
    Developer = 30,
    /// 40
    #[sea_orm(num_value = 40)]
    Maintainer = 40,
    /// 50
    #[sea_orm(num_value = 50)]
    Owner = 50,
}

impl AccessLevel {
    /// Every level that a row may hold, lowest first.
    pub const STORED: [Self; 7] = [
        Self::MinimalAccess,
        Self::Guest,
        Self::Planner,
        Self::Reporter,
        Self::Developer,
        Self::Maintainer,
        Self::Owner,
    ];

    /// Every level that opens something, lowest first.
    pub const GRANTING: [Self; 6] = [
        Self::Guest,
        Self::Planner,
        Self::Reporter,
        Self::Developer,
        Self::Maintainer,
        Self::Owner,
    ];

    /// GitLab's number: 0, 5, 10, 15, 20, 30, 40 or 50.
    pub const fn number(self) -> i32 {
        self as i32
    }

    /// The level of a number that a row may hold (5 to 50).
    pub fn from_number(number: i64) -> Option<Self> {
        Self::STORED
            .into_iter()
            .find(|level| i64::from(level.number()) == number)
    }

    /// The role's English name, as GitLab's texts and `stringValue`s use it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::NoAccess => "No access",
            Self::MinimalAccess => "Minimal Access",
            Self::Guest => "Guest",
            Self::Planner => "Planner",
            Self::Reporter => "Reporter",
            Self::Developer => "Developer",
            Self::Maintainer => "Maintainer",
            Self::Owner => "Owner",
        }
    }

    /// Whether the level opens anything: guest and up.
    pub fn grants(self) -> bool {
        self >= Self::Guest
    }
}
