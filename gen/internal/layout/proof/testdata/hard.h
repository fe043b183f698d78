/* Records that are hard to lay out. None of them is from a kernel header. */
#ifndef HARD_H
#define HARD_H

typedef unsigned char byte;
typedef unsigned short half;
typedef unsigned int word;
typedef unsigned long long wide;
typedef wide wide_aligned __attribute__((aligned(8)));
typedef wide wide_lowered __attribute__((aligned(4)));
typedef word word_raised __attribute__((aligned(16)));
typedef word word_again __attribute__((aligned(2)));
typedef byte block[6];

enum sign { SIGN_MINUS = -1, SIGN_ZERO, SIGN_PLUS };
enum size { SIZE_SMALL = 1, SIZE_LARGE = 0x80000000 };
enum far { FAR_ZERO, FAR_AWAY = 0x7fffffffffLL };
typedef enum { MODE_A, MODE_B = 7, MODE_C } mode_type;

/* Plain alignment. */
struct plain_all { byte a; half b; byte c; word d; byte e; wide f; byte g; };
struct plain_native { byte a; long b; byte c; void *d; byte e; unsigned long f[3]; };
struct plain_float { byte a; float b; byte c; double d; byte e; };
struct plain_bool { _Bool a; word b; _Bool c[3]; };
struct plain_signs { signed char a; short b; int c; long long d; char e; };
struct plain_enums { byte a; enum sign b; byte c; enum size d; byte e; enum far f; mode_type g; };
struct plain_wide { word a; wide b; word c; };
struct plain_functions { byte a; int (*f)(int, long); void (*g[2])(void); };
struct plain_matrix { byte a; half b[2][3][4]; byte c; block d[2]; word e; };

/* Typedefs that raise and lower. */
struct typedef_raises { byte a; wide_aligned b; byte c; };
struct typedef_lowers { byte a; wide_lowered b; byte c; };
struct typedef_both { byte a; word_raised b; byte c; word_again d; byte e; };
struct typedef_array { byte a; wide_aligned b[2]; wide_lowered c[2]; };
struct typedef_packed { byte a; wide_aligned b; word_raised c; } __attribute__((packed));
union typedef_union { byte a[3]; word_raised b; };

/* Packed. */
struct packed_all { byte a; half b; word c; wide d; void *e; } __attribute__((packed));
struct packed_member { byte a; word b __attribute__((packed)); half c; wide d __attribute__((packed)); };
struct packed_inner { struct packed_all a; byte b; word c; };
struct packed_outer { byte a; struct plain_wide b; byte c; } __attribute__((packed));
struct packed_array { byte a; struct plain_wide b[2]; } __attribute__((packed));
struct packed_nested { byte a; struct { byte b; wide c; } d; word e; } __attribute__((packed));
struct packed_anonymous { byte a; union { wide b; half c; }; byte d; } __attribute__((packed));
union packed_union { byte a; wide b; half c[5]; } __attribute__((packed));
struct packed_front { byte a; struct __attribute__((packed)) { byte b; word c; } d; half e; };

/* Aligned. */
struct aligned_record { byte a; } __attribute__((aligned(16)));
struct aligned_member { byte a; byte b __attribute__((aligned(8))); byte c; };
struct aligned_less { byte a; wide b __attribute__((aligned(2))); };
struct aligned_inner { byte a; struct aligned_record b; byte c; };
struct aligned_packed { byte a; word b; half c; } __attribute__((packed, aligned(4)));
struct aligned_packed_member { byte a; word b __attribute__((packed, aligned(2))); byte c; };
struct aligned_packed_inside { byte a; wide b __attribute__((aligned(4))); byte c; } __attribute__((packed));
struct aligned_twice { byte a; } __attribute__((aligned(4))) __attribute__((aligned(8)));
struct aligned_sizeof { byte a; half b[3]; } __attribute__((aligned(sizeof(long long))));
union aligned_union { byte a[5]; half b; } __attribute__((aligned(4)));
struct aligned_lists { byte a, b __attribute__((aligned(4))); byte c; };
#if !defined(__mips__) || defined(__mips64) /* clang 14 aligns to 16 on o32, GCC and the ABI to 8 */
struct aligned_bare { byte a; word b; } __attribute__((aligned));
struct aligned_member_bare { byte a; byte b __attribute__((aligned)); };
#endif

/* Pragmas. */
#pragma pack(push, 1)
struct pragma_one { byte a; wide b; half c; };
struct pragma_one_aligned { byte a; wide b __attribute__((aligned(8))); } __attribute__((aligned(4)));
#pragma pack(push, 2)
struct pragma_two { byte a; wide b; byte c; word d; };
union pragma_union { byte a[3]; wide b; };
#pragma pack(pop)
struct pragma_popped { byte a; word b; };
#pragma pack(pop)
#pragma pack(4)
struct pragma_four { byte a; wide b; struct { byte c; wide d; } e; };
struct pragma_four_bits { byte a; word b : 30; word c : 5; wide d : 60; };
struct pragma_four_packed { byte a; wide b : 40; word c : 5; half d; } __attribute__((packed));
#pragma pack()
struct pragma_none { byte a; wide b; };
#pragma pack(push, 2)
struct pragma_bits { word a : 20; word b : 20; byte c; word d : 3; };
struct pragma_bits_zero { byte a; word : 0; byte b; };
struct pragma_bits_aligned { byte a; word b : 7 __attribute__((aligned(2))); word c : 3; };
#pragma pack(pop)

/* Bit-fields. */
struct bits_simple { word a : 3; word b : 9; word c : 20; word d : 1; };
struct bits_full { word a : 32; word b : 31; word c : 2; };
struct bits_after { byte a; word b : 24; byte c; word d : 25; };
struct bits_before { word a : 7; byte b; half c : 9; wide d; };
struct bits_mixed { byte a : 5; half b : 5; word c : 5; wide d : 5; word e : 30; byte f : 7; };
struct bits_shrinking { wide a : 33; word b : 20; half c : 9; byte d : 3; };
struct bits_wide { word a; wide b : 20; wide c : 40; wide d : 40; wide e : 4; };
struct bits_signed { int a : 3; signed char b : 4; short c : 12; long long d : 50; long e : 20; };
struct bits_bool { _Bool a : 1; _Bool b : 1; word c : 30; _Bool d : 1; };
struct bits_enum { enum sign a : 2; enum size b : 32; mode_type c : 4; byte d; };
struct bits_zero { word a : 3; word : 0; word b : 3; byte : 0; half c : 4; wide : 0; byte d; };
struct bits_zero_first { byte : 0; byte a; half : 0; byte b; wide : 0; };
struct bits_zero_native { byte a; long : 0; byte b; };
struct bits_unnamed { byte a; word : 5; byte b; half : 11; byte c; };
struct bits_unnamed_only { byte a; wide : 20; };
struct bits_packed { word a : 3; word b : 30; wide c : 50; byte d; half e : 15; } __attribute__((packed));
struct bits_packed_zero { byte a : 3; word : 0; byte b : 3; half : 0; } __attribute__((packed));
struct bits_packed_member { byte a : 3; word b : 31 __attribute__((packed)); word c : 31; };
struct bits_packed_unnamed { byte a; wide : 20; byte b; } __attribute__((packed));
struct bits_aligned { byte a; word b : 3 __attribute__((aligned(8))); word c : 3; };
struct bits_packed_aligned { byte a; word b : 9 __attribute__((aligned(4))); word c : 9; } __attribute__((packed));
struct bits_typedef { byte a; wide_lowered b : 40; wide_aligned c : 10; };
struct bits_nested { byte a : 2; struct { word b : 3; half c : 4; }; word d : 9; };
struct bits_order { byte hi : 4, lo : 4; half x : 1, y : 7, z : 8; };
union bits_union { word a : 3; wide b : 35; byte c; half : 9; };
union bits_union_only { byte a : 3; byte b : 7; };
union bits_union_zero { byte a; word : 0; };
union bits_union_packed { byte a; wide b : 35; } __attribute__((packed));

/* Arrays of nothing, records of nothing. */
struct nothing { };
union nothing_union { };
struct nothing_aligned { } __attribute__((aligned(8)));
struct nothing_inside { byte a; struct nothing b; word c; struct nothing d; };
struct nothing_raises { byte a; struct nothing_aligned b; byte c; };
struct zero_array { byte a; wide b[0]; byte c; };
struct zero_last { word a; half b; byte c[0]; };
struct zero_records { byte a; struct plain_wide b[0]; };
struct flexible { half a; wide b[]; };
struct flexible_bytes { word a; byte b; byte c[]; };
struct flexible_records { byte a; struct plain_all b[]; };
struct flexible_matrix { byte a; half b[][3]; };
struct flexible_in_union { word a; union { struct { struct { } __empty_b; wide b[]; }; struct { struct { } __empty_c; byte c[]; }; }; };

/* Records in records. */
struct nested_named { byte a; struct { byte b; struct { half c; wide d; } e; } f; byte g; };
struct nested_anonymous { byte a; struct { byte b; union { word c; struct { half d; half e; }; }; }; byte f; };
struct nested_array { byte a; struct { byte b; word c[2]; } d[3]; struct { half e; } f[2][2]; };
struct nested_tagged { byte a; struct nested_tag { half b; wide c; } d; struct nested_tag e; };
struct nested_enum { byte a; enum nested_enum_tag { NESTED_ONE = 1, NESTED_TWO } b; half c; };
union nested_union { struct { word a; wide b; }; struct { byte c[13]; } d; wide e; };
struct nested_aligned { byte a; struct { byte b; } __attribute__((aligned(8))) c; struct { byte d; } __attribute__((aligned(4))); };
struct nested_union_packed { word a; union { struct { half b; wide c; } __attribute__((packed)); byte d[9]; }; };
typedef struct { byte a; word b; } typedef_only;
typedef union { byte a[3]; half b; } typedef_only_union;
typedef struct { byte a; typedef_only b; typedef_only_union c; } typedef_holder, *typedef_pointer;
typedef struct typedef_tagged { wide a; byte b; } typedef_other;
struct typedef_user { byte a; typedef_other b; typedef_pointer c; };
typedef struct { byte a; wide b; } __attribute__((packed)) typedef_of_packed;
struct self { struct self *next; struct self **more; byte a; };
struct other; struct forward { struct other *a; }; struct other { struct forward a; byte b; };

#ifdef __SIZEOF_INT128__
#ifndef __s390x__ /* clang 14 aligns to 16 there; GCC, newer clang and the ABI to 8 */
struct int128 { byte a; unsigned __int128 b; byte c; };
struct int128_packed { byte a; __int128 b; } __attribute__((packed));
struct int128_bits { byte a; unsigned __int128 b : 70; byte c; };
#endif
#endif

/* Values. */
#define VALUE_MINUS (-2)
#define VALUE_UNSIGNED 0xffffffffU
#define VALUE_LARGEST (~0ULL)
#define VALUE_SMALLEST (-0x7fffffffffffffffLL - 1)
#define VALUE_LONG (1UL << 31)
#define VALUE_CHAR '\377'
#define VALUE_OCTAL 0777
#define VALUE_OF_ENUM (SIZE_LARGE | 1)
#define VALUE_OF_SIZE (sizeof(struct packed_all) + sizeof(word[3]))
#define VALUE_CHOSEN (sizeof(long) == 8 ? 64 : -32)
#define VALUE_COMPARED (-1 < 0U)
#define VALUE_SHIFTED (-16 >> 2)
#define VALUE_CAST ((byte)-1)
#define VALUE_NOT (!VALUE_LONG)
#define NO_VALUE_EMPTY
#define NO_VALUE_TYPE unsigned int
#define NO_VALUE_TEXT "text"
#define NO_VALUE_FLOAT 1.5
#define NO_VALUE_STATEMENT do { } while (0)
#define NO_VALUE_OPEN (
#define NO_VALUE_UNKNOWN (UNKNOWN + 1)
#define NO_VALUE_BRACES { 1, 2 }
#define NO_VALUE_POINTER ((void *)0)
#define NO_VALUE_CALL(x) (x)

#endif
