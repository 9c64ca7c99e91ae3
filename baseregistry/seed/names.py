"""What people, streets and firms are called: frequent real words, put together at random.

Family names follow their frequency among the Vietnamese, with the spellings of the centre (Huỳnh, Võ).  Order:
family, middle, given.  Whoever finds a real name here found a coincidence.
"""

from random import Random

from baseregistry.seed.chance import Urn

KINH, CO_TU, GIE_TRIENG, XO_DANG, MNONG, CO = "01", "26", "27", "14", "20", "30"

FAMILIES = {
    KINH: Urn(
        {"Nguyễn": 32.0, "Trần": 11.0, "Lê": 9.2, "Phạm": 6.2, "Huỳnh": 5.1, "Võ": 4.6, "Phan": 4.4, "Đặng": 2.6,
         "Bùi": 2.3, "Đỗ": 1.8, "Hồ": 2.4, "Ngô": 1.9, "Dương": 1.4, "Trương": 2.2, "Đoàn": 1.4, "Lương": 1.0,
         "Mai": 0.9, "Đinh": 0.9, "Cao": 0.7, "Tạ": 0.3, "Châu": 0.5, "Thái": 0.6, "Văn": 0.4, "Hoàng": 1.0,
         "Vũ": 0.6, "Lưu": 0.5, "Tôn": 0.2, "Hà": 0.6, "Ông": 0.2, "Thân": 0.2, "La": 0.2, "Doãn": 0.1,
         "Phùng": 0.3, "Kiều": 0.2, "Lâm": 0.5, "Lý": 0.4, "Trịnh": 0.5, "Tăng": 0.2, "Từ": 0.2, "Ung": 0.1}
    ),
    CO_TU: Urn(
        {"Alăng": 14, "Bríu": 10, "Bh'riu": 5, "Arất": 7, "Pơloong": 9, "Coor": 6, "Zơrâm": 8, "Hiên": 6, "Ating": 6,
         "Tơ Ngôl": 4, "Bling": 7, "Hôih": 4, "Clâu": 5, "Rapát": 3, "Avô": 4, "A Rất": 3, "Pơling": 3, "Bnướch": 4,
         "Cơlâu": 4, "Đinh": 2, "Nguyễn": 2}
    ),
    GIE_TRIENG: Urn({"Zơ Râm": 12, "Hiên": 10, "Kring": 9, "Un": 6, "Brôl": 5, "Chơ Rum": 8, "Blúp": 6, "Hồ": 12, "Y": 4,
                     "A": 4, "Tơ Ngôl": 5, "Nguyễn": 6}),
    XO_DANG: Urn({"Hồ": 40, "Nguyễn": 22, "Đinh": 12, "Trần": 8, "Lê": 5, "Phạm": 4, "Võ": 2}),
    MNONG: Urn({"Hồ": 55, "Nguyễn": 15, "Trần": 8, "Đinh": 6, "Lê": 4}),
    CO: Urn({"Hồ": 45, "Đinh": 20, "Nguyễn": 12, "Trần": 8, "Phạm": 4}),
}

MIDDLE_OLD = {
    "M": Urn({"Văn": 46, "Hữu": 6, "Đình": 6, "Công": 6, "Tấn": 6, "Đức": 5, "Ngọc": 5, "Quang": 5, "Xuân": 4, "Thanh": 4,
              "Viết": 3, "Bá": 2, "Phước": 3, "Minh": 2}),
    "F": Urn({"Thị": 88, "Thị Ngọc": 3, "Thị Kim": 3, "Thị Xuân": 2, "Thị Thu": 2, "Ngọc": 1, "Thị Thanh": 2}),
}
MIDDLE_YOUNG = {
    "M": Urn({"Văn": 14, "Minh": 9, "Quốc": 8, "Đức": 8, "Gia": 7, "Hoàng": 7, "Thanh": 5, "Tấn": 5, "Hữu": 4, "Nhật": 4,
              "Anh": 4, "Tuấn": 4, "Công": 4, "Quang": 4, "Ngọc": 3, "Thành": 3, "Đình": 3, "Bảo": 3, "Phúc": 2}),
    "F": Urn({"Thị": 24, "Ngọc": 9, "Thị Thu": 6, "Thị Kim": 5, "Thị Thanh": 6, "Thị Mỹ": 5, "Thị Hồng": 4, "Bảo": 6,
              "Như": 5, "Khánh": 4, "Thảo": 4, "Phương": 4, "Thùy": 4, "Minh": 3, "Gia": 3, "Hoài": 2, "Thị Bích": 3,
              "Thị Ánh": 2, "Quỳnh": 3, "Trúc": 2}),
}  # fmt: skip
GIVEN = {
    "M": Urn({"Hùng": 5, "Dũng": 4, "Tuấn": 5, "Minh": 5, "Hải": 4, "Long": 3, "Nam": 4, "Sơn": 4, "Thắng": 4, "Bình": 4,
              "Cường": 4, "Đức": 3, "Hiếu": 4, "Hoàng": 4, "Huy": 5, "Khánh": 3, "Khoa": 3, "Kiên": 2, "Lâm": 3, "Lộc": 3,
              "Lợi": 3, "Mạnh": 2, "Nghĩa": 3, "Nhân": 3, "Phong": 3, "Phú": 2, "Phúc": 4, "Phước": 4, "Quân": 3,
              "Quang": 3, "Quý": 3, "Tài": 4, "Tâm": 3, "Tân": 3, "Thành": 5, "Thiện": 3, "Thịnh": 3, "Thọ": 2, "Tiến": 3,
              "Tín": 2, "Toàn": 3, "Trí": 3, "Trung": 4, "Trường": 3, "Vinh": 3, "Vũ": 3, "Xuân": 1, "Anh": 2, "Bảo": 3,
              "Công": 2, "Danh": 2, "Đạt": 4, "Hậu": 2, "Hòa": 2, "Khôi": 2, "Ngọc": 1, "Sang": 2, "Việt": 2}),
    "F": Urn({"Lan": 4, "Hoa": 4, "Hương": 5, "Hằng": 3, "Hạnh": 4, "Hà": 4, "Hiền": 4, "Hồng": 3, "Huệ": 3, "Linh": 4,
              "Loan": 4, "Ly": 3, "Mai": 3, "My": 3, "Mỹ": 2, "Nga": 3, "Ngân": 3, "Ngọc": 3, "Nguyệt": 3, "Nhi": 4,
              "Nhung": 3, "Như": 2, "Oanh": 3, "Phương": 4, "Phượng": 3, "Quyên": 3, "Tâm": 3, "Thảo": 5, "Thanh": 3,
              "Thu": 4, "Thúy": 3, "Thủy": 4, "Thư": 3, "Tiên": 2, "Trang": 4, "Trâm": 3, "Trinh": 3, "Trúc": 2,
              "Tuyết": 3, "Tú": 1, "Uyên": 2, "Vân": 4, "Vy": 4, "Xuân": 3, "Yến": 3, "Ánh": 2, "Bích": 2, "Cúc": 2,
              "Diệu": 2, "Dung": 3, "Duyên": 3, "Đào": 2, "Kiều": 2, "Lệ": 3, "Liên": 3, "Liễu": 2, "Chi": 1, "Châu": 2}),
}  # fmt: skip

STREETS = Urn(
    dict.fromkeys(
        ("Trần Hưng Đạo", "Lê Lợi", "Nguyễn Huệ", "Quang Trung", "Hùng Vương", "Phan Châu Trinh", "Huỳnh Thúc Kháng",
         "Trần Cao Vân", "Phan Bội Châu", "Lý Thường Kiệt", "Trần Quý Cáp", "Nguyễn Duy Hiệu", "Hoàng Diệu",
         "Ông Ích Khiêm", "Lê Thánh Tông", "Nguyễn Trãi", "Ngô Quyền", "Trưng Nữ Vương", "Tôn Đức Thắng", "Điện Biên Phủ",
         "Nguyễn Văn Trỗi", "Lê Duẩn", "Phạm Ngũ Lão", "Bà Triệu", "Chu Văn An", "Thái Phiên", "Hoàng Hoa Thám",
         "Nguyễn Du", "Đinh Tiên Hoàng", "Cao Bá Quát"),
        1.0,
    )
)  # fmt: skip
HAMLETS = ("Thôn Đông", "Thôn Tây", "Thôn Trung", "Thôn Thượng", "Thôn Hạ", "Thôn Phước Hòa", "Thôn An Bình", "Thôn Tân Lập")

FIRM_WORDS = Urn(
    dict.fromkeys(
        ("An Khang", "Thu Bồn", "Ngũ Phụng", "Hòa Phát Lộc", "Trường Giang", "Vu Gia", "Đại Thành Phú", "Tân Việt Hưng",
         "Minh Quang Sáng", "Bình An Phú", "Hải Vân Xanh", "Nam Trà", "Quế Vàng", "Sông Yên", "Cẩm Lệ Mới", "Phú Ninh Hồ",
         "Thành Đạt Tín", "Gia Bảo Lộc", "Việt Trung Kiên", "Hưng Thịnh An", "Bảo Ngọc Linh", "Tiên Sa Biển"),
        1.0,
    )
)  # fmt: skip


def middle_and_given(random: Random, sex: str, born_in: int) -> str:
    """Middle and given names; those born before 1985 are named as their time did."""
    middle = (MIDDLE_OLD if born_in < 1985 else MIDDLE_YOUNG)[sex].draw(random)
    given = GIVEN[sex].draw(random)
    while given in middle.split():
        given = GIVEN[sex].draw(random)
    return f"{middle} {given}"


def full_name(random: Random, people: str, sex: str, born_in: int, family: str | None = None) -> tuple[str, str]:
    """The family name, and the whole name: ``Nguyễn``, ``Nguyễn Thị Ngọc Lan``."""
    family = family or FAMILIES[people].draw(random)
    if people in {CO_TU, GIE_TRIENG} and random.random() < 0.5:
        return family, f"{family} {GIVEN[sex].draw(random)}"
    return family, f"{family} {middle_and_given(random, sex, born_in)}"
