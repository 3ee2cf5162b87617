/// @file
/// What reports on a class are made of.

#define BOOST_TEST_MODULE class
#include <boost/test/unit_test.hpp>
